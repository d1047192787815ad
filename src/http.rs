//! The HTTP interface. `docs/HTTP.md` is its contract.
//!
//! ```text
//! routes.rs        one table: every path and the noun behind it
//! <noun>.rs        what is asked for and what is answered, handler and wire types together
//! doors.rs         connections: how many, how long one may be idle, and who is answered by the accept thread
//! unread.rs        cuts a connection whose client takes too little
//! host.rs          by what name the server is asked for
//! sites.rs         which requests of other sites' pages are answered
//! params.rs        reads the parameters of a question and names every faulty one
//! question.rs      asks off the async threads; `Ledger-Seq`, the next page
//! tag.rs           `ETag`, and how long an answer may be kept
//! turns.rs         how many questions are answered at a time, how many submissions read
//! memory.rs        how many bytes are held for clients
//! front.rs         what all requests have in common: an id on every line that is logged, one line for each, panics
//! feed.rs          the events as they come
//! gate.rs          what is answered before the ledgers are open
//! operations.rs    backup, verify, rebuild, accept-clock: for whoever may open the operations socket
//! socket.rs        the operations socket
//! problem.rs       the one place that turns a no into a status and a problem document
//! ```
//!
//! Handlers know no rules: they read what was sent, ask a [`Ledger`], and write what comes back.

mod accept;
pub(crate) mod admission;
mod attention;
mod audit;
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
use feed::Places;
use listener::Server;
use problem::Problem;

pub(crate) use routes::far;

pub use feed::{FEEDS_MAX, FeedLimits};
pub use listener::{HEAD_BYTES_MAX, HEADERS_MAX, Limits};
pub use memory::Memory;
pub use operations::Instance;
pub use socket::{OPERATIONS_SOCKET_BYTES_MAX, OperationsSocket};
pub use startup::StartupService;

/// Under what name requests are logged: `--log info,okr_ledger::request=warn` leaves out those that went well.
pub const REQUEST_LOG: &str = "okr_ledger::request";

/// The most bytes a submission may have.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// How long requests under way may take to end once the server is told to, where nobody says otherwise.
pub const DRAIN: Duration = Duration::from_secs(30);

/// Everything that is served, ready for [`serve`], or to be called directly by a test. The clock is an argument: dates are
/// judged by it where a question names no moment.
pub fn router(ledgers: Arc<Ledgers>, clock: impl Fn() -> Moment + Clone + Send + Sync + 'static) -> Router {
    served(None, ledgers, clock, FeedLimits::default(), Memory::of(machine::memory_max()))
}

/// The same of a server that can be told from others, with these limits of feeds and so much memory for what is held for
/// clients.
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
    let (clock, admission, feeds) = (Arc::new(clock), Admission::of_this_machine(), Places::of(feeds));
    layered(all(Served(Arc::new(Shared { ledgers, clock, instance, admission, feeds, memory }))))
}

/// The operations of that server. Whoever reaches this router may use them: it is served through the operations socket and
/// nowhere else.
pub fn operations(instance: Instance, ledgers: Arc<Ledgers>) -> Router {
    layered(operations::table(instance, ledgers))
}

/// The contract, and the pages beside it.
fn all(served: Served) -> Router {
    routes::table().merge(web::table()).with_state(served)
}

/// A router with what all requests have in common.
fn layered(router: Router) -> Router {
    router.layer(middleware::from_fn(request_log::request_log))
}

/// Serves until `shutdown` is over, and then for [`DRAIN`] at most.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    serve_within(Limits::default(), listener, router, shutdown, DRAIN).await.map(|_| ())
}

/// Serves until `shutdown` is over; then streams end, requests under way are answered, and nothing new is taken. What has
/// not ended after `drain` is left behind: a client that stopped reading must not keep the ledger open. Returns how many
/// requests were still being answered then.
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
    let house = Server { service, limits, closing: Closing(closed), under_way: Arc::clone(&under_way) };
    let server = listener::serve(listener, house);
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

/// The state shared by all handlers. The router clones it several times for each request.
#[derive(Clone)]
pub(crate) struct Served(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) ledgers: Arc<Ledgers>,
    clock: Arc<dyn Fn() -> Moment + Send + Sync>,
    instance: Option<Instance>,
    pub(crate) admission: Admission,
    feeds: Places,
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
