//! The HTTP interface. `docs/HTTP.md` is its contract.
//!
//! ```text
//! routes.rs         one table of paths and their handlers
//! <noun>.rs         one resource: its handlers and wire types together
//! listener.rs       connections: limits, timeouts, and the requests answered on the accept thread
//! unread.rs         closes connections whose client reads too slowly
//! host.rs           checks the host name of a request
//! request_log.rs    common to all requests: an id on every log line, one line a request, panics
//! feed.rs           live events
//! startup.rs        answers while the ledgers are being opened
//! operations.rs     backup, verify, rebuild, accept-clock: over the operations socket
//! socket.rs         the operations socket
//! ```
//!
//! Parameters, problems, tags and admission are in `request/`, which the pages use too.
//!
//! Handlers contain no rules: they parse the request, query a ledger, and serialize the result.

mod attention;
mod audit;
mod board;
mod board_reports;
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
pub(crate) mod operations;
mod policy;
mod proposals;
mod recording;
mod replay;
pub(crate) mod request_log;
mod retrospective;
pub(crate) mod routes;
mod schemas;
mod socket;
mod startup;
mod submitted;
mod teams;
mod under_policy;
mod unread;
pub(crate) mod what_if;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower::Service;

use listener::Server;

pub(crate) use routes::costly;

pub use crate::request::feed_slots::{FEEDS_MAX, FeedLimits};
pub use crate::request::limits::{BODY_BYTES_MAX, HEAD_BYTES_MAX, HEADERS_MAX, Limits};
pub use crate::request::memory::Memory;
pub use crate::request::state::Instance;
pub use socket::{OPERATIONS_SOCKET_BYTES_MAX, OperationsSocket};
pub use startup::StartupService;

/// The log target of requests: `--log info,okr_ledger::request=warn` leaves out the successful ones.
pub const REQUEST_LOG: &str = "okr_ledger::request";

/// The default time that requests in progress may take after a shutdown begins.
pub const DRAIN: Duration = Duration::from_secs(30);

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
