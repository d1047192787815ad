//! The HTTP interface: DESIGN §4, whole.
//!
//! ```text
//! routes.rs        one table: every path and the noun behind it
//! <noun>.rs        what is asked for and what is answered, handler and wire types together
//! doors.rs         how many clients are let in, and how long one may be idle
//! host.rs          by what name the server is asked for
//! params.rs        reads the parameters of a question and names every faulty one
//! question.rs      asks off the async threads; `ETag`, `Ledger-Seq`, how long an answer may be kept
//! problem.rs       the one place that turns a no into a status and a problem document
//! ```
//!
//! Handlers know no rules: they read what was sent, ask a [`Ledger`], and write what comes back.

mod attention;
mod audit;
mod board;
mod body;
mod confidence;
mod cycles;
mod doors;
mod events;
mod feed;
mod goals;
mod health;
mod host;
mod ledgers;
mod params;
mod policy;
mod problem;
mod question;
mod recording;
mod replay;
mod routes;
mod submitted;
mod teams;
mod what_if;

use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use ::events::Moment;
use axum::extract::Request;
use axum::http::HeaderName;
use axum::{Extension, Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::{DefaultOnRequest, DefaultOnResponse, TraceLayer};
use tracing::Level;

use crate::ledger::{Ledger, Ledgers};
use problem::Problem;

pub use doors::Limits;

/// The most bytes a submission may have.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// The most events one entry may have.
pub const ENTRY_EVENTS_MAX: usize = 1_000;

/// How long requests under way may take to end once the server is told to.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// Everything that is served, ready for [`serve`], or to be called directly by a test. The clock is an argument: dates are
/// judged by it where a question names no moment.
pub fn router(ledgers: Arc<Ledgers>, clock: impl Fn() -> Moment + Clone + Send + Sync + 'static) -> Router {
    let request_id = HeaderName::from_static("x-request-id");
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(DefaultOnRequest::new().level(Level::DEBUG))
                .on_response(DefaultOnResponse::new().level(Level::INFO)),
        )
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(middleware::from_fn(host::check));
    routes::table().with_state(Served { ledgers, clock: Arc::new(clock) }).layer(layers)
}

/// Serves until `shutdown` is over; then streams end, requests under way are answered, and nothing new is taken. What has
/// not ended after ten seconds is left behind: a client that stopped reading must not keep the ledger open.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_within(Limits::default(), listener, router, shutdown).await
}

/// The same within limits of one's own.
pub async fn serve_within(
    limits: Limits,
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (closing, closed) = watch::channel(false);
    let closed = Closing(closed);
    let router = router.layer(Extension(closed.clone())).layer(Extension(limits));
    let server = doors::serve(listener, router, limits, closed);
    let told = async {
        shutdown.await;
        closing.send_replace(true);
        tokio::time::sleep(SHUTDOWN_GRACE).await;
    };
    tokio::select! {
        ended = server => ended,
        () = told => {
            tracing::warn!("some requests had not ended {} s after the shutdown began", SHUTDOWN_GRACE.as_secs());
            Ok(())
        }
    }
}

/// What all handlers are given.
#[derive(Clone)]
struct Served {
    ledgers: Arc<Ledgers>,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
}

impl Served {
    fn now(&self) -> Moment {
        (self.clock)()
    }

    fn ledger(&self, slug: &str) -> Result<Ledger, Problem> {
        Ok(self.ledgers.ledger(slug)?)
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

/// Tells streams that the server is closing.
#[derive(Debug, Clone)]
struct Closing(watch::Receiver<bool>);

impl Closing {
    fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    async fn told(mut self) {
        // An error means that the server is gone, which is as good as being told.
        _ = self.0.wait_for(|closing| *closing).await;
    }
}

fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    tracing::info_span!("http", %id, method = %request.method(), uri = %request.uri())
}
