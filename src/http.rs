//! The HTTP interface: DESIGN §4, whole.
//!
//! ```text
//! routes.rs        one table: every path and the noun behind it
//! <noun>.rs        what is asked for and what is answered, handler and wire types together
//! host.rs          by what name the server is asked for
//! params.rs        reads the parameters of a question and names every faulty one
//! question.rs      asks off the async threads; `ETag`, `Ledger-Seq`, how long an answer may be kept
//! log.rs           one line for each request, its id on every line
//! gate.rs          what is answered before the ledgers are open
//! operations.rs    backup, verify, rebuild: for whoever may read the data folder
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
mod events;
mod feed;
mod gate;
mod goals;
mod health;
mod host;
mod ledgers;
mod log;
mod operations;
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
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::events::Moment;
use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::middleware::Next;
use axum::response::Response;
use axum::{Extension, Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::ledger::{Ledger, Ledgers};
use problem::Problem;

pub use gate::Gate;
pub use log::TARGET as REQUEST_LOG;
pub use operations::Operator;

/// The most bytes a submission may have.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// The most events one entry may have.
pub const ENTRY_EVENTS_MAX: usize = 1_000;

/// How long requests under way may take to end once the server is told to, where nobody says otherwise.
pub const DRAIN: Duration = Duration::from_secs(30);

/// Everything that is served, ready for [`serve`], or to be called directly by a test. The clock is an argument: dates are
/// judged by it where a question names no moment. Nobody is let in by the operator's door.
pub fn router(ledgers: Arc<Ledgers>, clock: impl Fn() -> Moment + Clone + Send + Sync + 'static) -> Router {
    layered(routes::table().with_state(Served { ledgers, clock: Arc::new(clock), operator: None }))
}

/// The same with an operator's door.
pub fn router_with(
    ledgers: Arc<Ledgers>,
    clock: impl Fn() -> Moment + Clone + Send + Sync + 'static,
    operator: Operator,
) -> Router {
    layered(routes::table().with_state(Served { ledgers, clock: Arc::new(clock), operator: Some(operator) }))
}

/// A router with what all requests have in common.
fn layered(router: Router) -> Router {
    let request_id = HeaderName::from_static("x-request-id");
    let layers = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(request_id.clone(), MakeRequestUuid))
        .layer(middleware::from_fn(log::log))
        .layer(PropagateRequestIdLayer::new(request_id))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(middleware::from_fn(host::check));
    router.layer(layers)
}

/// Serves until `shutdown` is over, and then for [`DRAIN`] at most.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_and_drain(listener, router, shutdown, DRAIN).await.map(|_| ())
}

/// Serves until `shutdown` is over; then streams end, requests under way are answered, and nothing new is taken. What has
/// not ended after `drain` is left behind: a client that stopped reading must not keep the ledger open. Returns how many
/// requests were still being answered then.
pub async fn serve_and_drain(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
    drain: Duration,
) -> io::Result<usize> {
    let (closing, closed) = watch::channel(false);
    let closed = Closing(closed);
    let under_way = Arc::new(AtomicUsize::new(0));
    let counted = middleware::from_fn_with_state(Arc::clone(&under_way), count);
    let router = router.layer(Extension(closed.clone())).layer(counted);
    let server = axum::serve(listener, router).with_graceful_shutdown(closed.clone().told());
    let told = async {
        shutdown.await;
        closing.send_replace(true);
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = server => ended.map(|()| 0),
        () = told => {
            let left = under_way.load(Ordering::Relaxed);
            let seconds = drain.as_secs();
            tracing::warn!(left, "connections were still open {seconds} s after the shutdown began, {left} of them waiting for an answer");
            Ok(left)
        }
    }
}

/// Counts the requests that are being answered.
async fn count(State(under_way): State<Arc<AtomicUsize>>, request: Request, next: Next) -> Response {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
    under_way.fetch_add(1, Ordering::Relaxed);
    let _counted = Counted(under_way);
    next.run(request).await
}

/// What all handlers are given.
#[derive(Clone)]
struct Served {
    ledgers: Arc<Ledgers>,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    operator: Option<Operator>,
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
