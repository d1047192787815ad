//! The HTTP interface. `docs/HTTP.md` is its contract.
//!
//! ```text
//! routes.rs         one table of paths and their handlers
//! <noun>.rs         one resource: its handlers and wire types together
//! listener.rs       connections: limits, timeouts, and the requests answered on the accept thread
//! unread.rs         closes connections whose client reads too slowly
//! host.rs           checks the host name of a request
//! sites.rs          rejects requests made by other sites' pages
//! params.rs         reads query parameters and names every faulty one
//! question.rs       runs queries off the async threads; `Ledger-Seq`, links to the next page
//! tag.rs            `ETag` and `Cache-Control`
//! admission.rs      how many queries and submissions are processed at a time
//! memory.rs         how many bytes are held for clients
//! request_log.rs    common to all requests: an id on every log line, one line a request, panics
//! feed.rs           live events
//! startup.rs        answers while the ledgers are being opened
//! operations.rs     backup, verify, rebuild, accept-clock: over the operations socket
//! socket.rs         the operations socket
//! problem.rs        the only place that maps errors to status codes and problem documents
//! ```
//!
//! Handlers contain no rules: they parse the request, query a [`Ledger`], and serialize the result.

mod accept;
pub(crate) mod admission;
mod attention;
mod audit;
mod blocking;
mod board;
mod board_reports;
pub(crate) mod body;
pub(crate) mod buffered_body;
mod calibration;
mod confidence;
#[cfg(test)]
mod costs;
mod cycles;
mod events;
mod feed;
mod goalposts;
mod goals;
mod health;
mod host;
mod ledgers;
mod lineage;
mod listener;
mod memory;
pub(crate) mod omissions;
mod operations;
pub(crate) mod params;
mod policy;
pub(crate) mod problem;
mod proposals;
pub(crate) mod question;
mod recording;
mod replay;
mod request_log;
mod retrospective;
mod routes;
mod schemas;
mod sites;
mod socket;
mod startup;
mod submitted;
pub(crate) mod tag;
mod teams;
mod under_policy;
mod unread;
pub(crate) mod what_if;

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ::events::Moment;
use axum::extract::Request;
use axum::response::Response;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Service;

use crate::ledger::{Ledger, Ledgers};
use crate::{machine, web};
use admission::Admission;
use feed::FeedSlots;
use listener::Server;
use problem::Problem;

pub(crate) use routes::costly;

pub use feed::{FEEDS_MAX, FeedLimits};
pub use listener::{HEAD_BYTES_MAX, HEADERS_MAX, Limits};
pub use memory::Memory;
pub use operations::Instance;
pub use socket::{OPERATIONS_SOCKET_BYTES_MAX, OperationsSocket};
pub use startup::StartupService;

/// The log target of requests: `--log info,okr_ledger::request=warn` leaves out the successful ones.
pub const REQUEST_LOG: &str = "okr_ledger::request";

/// The most bytes in the body of a submission.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// The default time that requests in progress may take after a shutdown begins.
pub const DRAIN: Duration = Duration::from_secs(30);

/// Returns the router of the API and the pages, for [`serve`] or for calls from tests. The clock is an argument: it
/// supplies the current time for questions without `as_of`.
pub fn router(ledgers: Arc<Ledgers>, clock: impl Fn() -> Moment + Clone + Send + Sync + 'static) -> Router {
    served(None, ledgers, clock, FeedLimits::default(), Memory::of(machine::memory_max()))
}

/// Like [`router`], but with an instance id, these feed limits and this budget for bytes held for clients.
pub fn router_of(
    instance: Instance,
    ledgers: Arc<Ledgers>,
    clock: impl Fn() -> Moment + Clone + Send + Sync + 'static,
    feeds: FeedLimits,
    memory: Memory,
) -> Router {
    served(Some(instance), ledgers, clock, feeds, memory)
}

fn served(
    instance: Option<Instance>,
    ledgers: Arc<Ledgers>,
    clock: impl Fn() -> Moment + Clone + Send + Sync + 'static,
    feeds: FeedLimits,
    memory: Memory,
) -> Router {
    let (clock, admission, feeds) = (Arc::new(clock), Admission::of_this_machine(), FeedSlots::of(feeds));
    layered(all(Served(Arc::new(Shared { ledgers, clock, instance, admission, feeds, memory }))))
}

/// Returns the router of the server's operations. It has no access control: serve it only through the
/// operations socket, which file permissions protect.
pub fn operations(instance: Instance, ledgers: Arc<Ledgers>) -> Router {
    layered(operations::table(instance, ledgers))
}

/// Returns the routes of the API and of the pages.
fn all(served: Served) -> Router {
    routes::table().merge(web::table()).with_state(served)
}

/// Adds the middleware common to all requests.
fn layered(router: Router) -> Router {
    router.layer(middleware::from_fn(request_log::request_log))
}

/// Serves until `shutdown` completes, and then for [`DRAIN`] at most.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_within(Limits::default(), listener, router, shutdown, DRAIN).await.map(|_| ())
}

/// Serves until `shutdown` completes; then ends streams, finishes the requests in progress, and accepts nothing new.
/// Requests still open after `drain` are abandoned, because a client that stopped reading must not keep the ledger
/// open. Returns how many requests were abandoned.
pub async fn serve_within<S>(
    limits: Limits,
    listener: TcpListener,
    service: S,
    shutdown: impl Future<Output = ()> + Send + 'static,
    drain: Duration,
) -> io::Result<usize>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let (closing, closed) = watch::channel(false);
    let under_way = Arc::new(AtomicUsize::new(0));
    let server = Server { service, limits, closing: Closing(closed), under_way: Arc::clone(&under_way) };
    let serving = listener::serve(listener, server);
    let drained = async {
        shutdown.await;
        closing.send_replace(true);
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = serving => ended.map(|()| 0),
        () = drained => {
            let left = under_way.load(Ordering::Relaxed);
            let seconds = drain.as_secs();
            tracing::warn!(left, "connections were still open {seconds} s after the shutdown began, {left} of them waiting for an answer");
            Ok(left)
        }
    }
}

/// The state shared by all handlers, behind one `Arc` because the router clones it several times for each request.
#[derive(Clone)]
pub(crate) struct Served(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) ledgers: Arc<Ledgers>,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    instance: Option<Instance>,
    pub(crate) admission: Admission,
    feeds: FeedSlots,
    pub(crate) memory: Memory,
}

impl Deref for Served {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl Shared {
    pub(crate) fn now(&self) -> Moment {
        (self.clock)()
    }

    pub(crate) fn ledger(&self, slug: &str) -> Result<Ledger, Problem> {
        Ok(self.ledgers.ledger(slug)?)
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").finish_non_exhaustive()
    }
}

/// Signals streams that the server is closing.
#[derive(Debug, Clone)]
struct Closing(watch::Receiver<bool>);

impl Closing {
    fn is_closing(&self) -> bool {
        *self.0.borrow()
    }

    async fn closed(mut self) {
        // An error means that the sender is gone, and the server with it.
        _ = self.0.wait_for(|closing| *closing).await;
    }
}
