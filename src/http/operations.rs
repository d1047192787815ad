//! The operator's door: `POST /v1/operations/…`, for whoever may read the data folder.
//!
//! ```text
//! {"doing":"folding","done":2000,"all":5000}        while it works, a line for each step
//! {"result":{ … }}   or   {"problem":{ … }}          the last line
//! ```
//!
//! What is refused before the first step is answered as any other problem is, with its status.

use std::fmt;
use std::sync::Arc;
use std::task::Poll;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Violation;
use futures::stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::params::Params;
use super::problem::Problem;
use super::{Served, body};
use crate::ledger::operations::{BackupAsk, Error, Operation, RebuildAsk, Step, Told, VerifyAsk};

/// The media type of an answer that comes line by line.
const JSON_LINES: &str = "application/jsonl";

/// Lines that wait to be sent. Steps that find no room are left out: the next one says more.
const LINES_MAX: usize = 64;

/// What an operator shows, and by what a server is told from another.
#[derive(Clone)]
pub struct Operator {
    token: Arc<str>,
    instance: Arc<str>,
}

impl Operator {
    /// A server's own, never the same twice.
    #[expect(clippy::new_without_default, reason = "each is another")]
    pub fn new() -> Operator {
        // Two of them have 244 bits that nobody can guess.
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        Operator { token: token.into(), instance: Uuid::now_v7().to_string().into() }
    }

    /// What is to be shown.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// Which server this is: no secret.
    pub fn instance(&self) -> &str {
        &self.instance
    }

    fn is_shown(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
        let Some(shown) = shown.strip_prefix(b"Bearer ") else { return false };
        let token = self.token.as_bytes();
        // Every byte is looked at, so that nobody learns from the time how many were right.
        shown.len() == token.len() && shown.iter().zip(token).fold(0, |wrong, (a, b)| wrong | (a ^ b)) == 0
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("instance", &self.instance).finish_non_exhaustive()
    }
}

pub(super) async fn backup(State(served): State<Served>, request: Request) -> Result<Response, Problem> {
    carry_out(served, request, "backup", |operation, ask: BackupAsk, told| operation.back_up(&ask, told)).await
}

pub(super) async fn verify(State(served): State<Served>, request: Request) -> Result<Response, Problem> {
    carry_out(served, request, "verify", |operation, ask: VerifyAsk, told| operation.verify(&ask, told)).await
}

pub(super) async fn rebuild(State(served): State<Served>, request: Request) -> Result<Response, Problem> {
    carry_out(served, request, "rebuild", |operation, ask: RebuildAsk, told| operation.rebuild(&ask, told)).await
}

/// Begins an operation and answers with what it tells. It goes on to its end also when nobody listens any more.
async fn carry_out<A: DeserializeOwned + Send + 'static, T: Serialize>(
    served: Served,
    request: Request,
    kind: &'static str,
    work: impl FnOnce(&Operation, A, Told<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<Response, Problem> {
    let headers = request.headers().clone();
    if !served.operator.as_ref().is_some_and(|operator| operator.is_shown(&headers)) {
        return Err(Problem::not_an_operator());
    }
    Params::of(request.uri()).end()?;
    let body = body::read(&headers, request).await?;
    let ask = if body.is_empty() { b"{}" } else { &body[..] };
    let ask = serde_json::from_slice(ask)
        .map_err(|error| Problem::invalid(vec![Violation::new("", "bad_operation", error.to_string())]))?;
    let operation = served.ledgers.begin(kind)?;
    let (lines, mut read) = mpsc::channel::<Line>(LINES_MAX);
    let span = tracing::Span::current();
    tokio::task::spawn_blocking(move || {
        let _entered = span.enter();
        tracing::info!("{kind} begins");
        let steps = lines.clone();
        let done = work(&operation, ask, &mut |step: Step| _ = steps.try_send(Ok(line(&step))));
        drop(operation);
        let last = match done {
            Ok(result) => {
                tracing::info!("{kind} is done");
                Ok(line(&json!({"result": result})))
            }
            Err(error) => {
                tracing::error!("{kind} failed: {error}");
                Err(Box::new(Problem::from(error)))
            }
        };
        // Whoever asked may be gone.
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

/// A line, or the problem at which it ended.
type Line = Result<Vec<u8>, Box<Problem>>;

fn written(line_or_problem: Line) -> std::io::Result<Vec<u8>> {
    Ok(line_or_problem.unwrap_or_else(|problem| line(&json!({"problem": problem}))))
}

fn line(of: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(of).unwrap_or_default();
    line.push(b'\n');
    line
}
