//! Operations: `POST /v1/operations/…`, for clients of the operations socket.
//!
//! ```text
//! {"doing":"folding","done":2000,"all":5000}        progress, a line for each step
//! {"result":{ … }}   or   {"problem":{ … }}          the last line
//! ```
//!
//! A request rejected before the first step gets an ordinary problem document with its status.

use std::sync::Arc;
use std::task::Poll;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use events::Violation;
use futures::stream;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;

use crate::ledger::Ledgers;
use crate::ledger::operations::{BackupAsk, Error, Operation, RebuildAsk, Step, Told, VerifyAsk};
use crate::machine;
use crate::request::body;
use crate::request::memory::Memory;
use crate::request::params::Params;
use crate::request::problem::Problem;
use crate::request::state::Instance;

/// The media type of a response sent line by line.
const JSON_LINES: &str = "application/jsonl";

/// Lines waiting to be sent. Steps that do not fit are dropped, because the next step supersedes them.
const LINES_MAX: usize = 64;

/// The state shared by the handlers.
#[derive(Clone)]
pub(super) struct Operated {
    ledgers: Arc<Ledgers>,
    instance: Instance,
    /// Separate from the clients' budget, so that a server flooded by clients can still be operated.
    memory: Memory,
}

/// Returns the routes of the operations socket.
#[rustfmt::skip]
pub(crate) fn table(instance: Instance, ledgers: Arc<Ledgers>) -> Router {
    Router::new()
        .route("/v1/operations",                 get(under_way))
        .route("/v1/operations/backup",          post(backup))
        .route("/v1/operations/verify",          post(verify))
        .route("/v1/operations/rebuild",         post(rebuild))
        .route("/v1/operations/accept-clock",    post(accept_clock))
        .fallback(async |uri: Uri| Problem::no_such_operation(uri.path()))
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            Problem::method_not_allowed(method.as_str(), uri.path())
        })
        .with_state(Operated { ledgers, instance, memory: Memory::of(machine::memory_max()) })
}

/// Returns the server's instance id and the operations in progress.
async fn under_way(State(operated): State<Operated>) -> Json<serde_json::Value> {
    Json(json!({"instance": operated.instance.as_str(), "under_way": operated.ledgers.operations()}))
}

async fn backup(State(operated): State<Operated>, request: Request) -> Result<Response, Problem> {
    carry_out(operated, request, "backup", |operation, ask: BackupAsk, report| operation.back_up(&ask, report)).await
}

async fn verify(State(operated): State<Operated>, request: Request) -> Result<Response, Problem> {
    carry_out(operated, request, "verify", |operation, ask: VerifyAsk, report| operation.verify(&ask, report)).await
}

async fn rebuild(State(operated): State<Operated>, request: Request) -> Result<Response, Problem> {
    carry_out(operated, request, "rebuild", |operation, ask: RebuildAsk, report| operation.rebuild(&ask, report)).await
}

async fn accept_clock(State(operated): State<Operated>, request: Request) -> Result<Response, Problem> {
    carry_out(operated, request, "accept-clock", |operation, _: AcceptClockAsk, _| operation.accept_clock()).await
}

/// `accept-clock` takes no parameters.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AcceptClockAsk {}

/// Starts an operation and streams its progress. The operation runs to its end even if the client disconnects.
async fn carry_out<A: DeserializeOwned + Send + 'static, T: Serialize>(
    operated: Operated,
    request: Request,
    kind: &'static str,
    work: impl FnOnce(&Operation, A, Told<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    Params::of(request.uri()).end()?;
    let body = body::read(&operated.memory, &headers, request).await?;
    let ask = if body.is_empty() { b"{}" } else { &body[..] };
    let ask = serde_json::from_slice(ask)
        .map_err(|error| Problem::invalid(vec![Violation::new("", "bad_operation", error.to_string())]))?;
    let operation = operated.ledgers.begin(kind)?;
    let (lines, mut read) = mpsc::channel::<LineOrProblem>(LINES_MAX);
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || {
        let _entered = span.enter();
        tracing::info!("{kind} started");
        let steps = lines.clone();
        let done = work(&operation, ask, &mut |step: Step| {
            _ = steps.try_send(Ok(line(&step)));
            Ok(())
        });
        drop(operation);
        let last = match done {
            Ok(result) => {
                tracing::info!("{kind} finished");
                Ok(line(&json!({"result": result})))
            }
            Err(error) => {
                match error {
                    Error::Cancelled => tracing::warn!("{kind} was cancelled: the server is shutting down"),
                    _ => tracing::error!("{kind} failed: {error}"),
                }
                Err(Box::new(Problem::from(error)))
            }
        };
        // The client may have disconnected.
        _ = lines.blocking_send(last);
    });
    let mut first = match read.recv().await {
        Some(Err(problem)) => return Err(*problem),
        first => first,
    };
    let lines = stream::poll_fn(move |context| match first.take() {
        Some(first) => Poll::Ready(Some(written(first))),
        None => read.poll_recv(context).map(|line| line.map(written)),
    });
    Ok((StatusCode::OK, [(header::CONTENT_TYPE, JSON_LINES)], Body::from_stream(lines)).into_response())
}

/// A line, or the problem that ended the operation.
type LineOrProblem = Result<Vec<u8>, Box<Problem>>;

fn written(line_or_problem: LineOrProblem) -> std::io::Result<Vec<u8>> {
    Ok(line_or_problem.unwrap_or_else(|problem| line(&json!({"problem": problem}))))
}

fn line(of: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(of).unwrap_or_default();
    line.push(b'\n');
    line
}
