//! Connections: how many are open at once, and how long a client may keep its place without doing its part.
//!
//! Each connection holds a file, and the journal needs files too: a crowd must not take them all. Who comes when all places
//! are taken is told so (503). What a client owes is a request's head, then its body, then to read what it is answered; one
//! that is late with it is let go, so that its place is free again.
//!
//! ```text
//! accept thread ─> first bytes of a connection ─> GET /healthz  ─> answered here, and closed
//! (a runtime of                                ─> no place left ─> 503 here, and closed
//!  its own)                                    ─> anything else ─> handed to the async workers
//! ```
//!
//! The accept thread never waits for workers or for blocking threads. So a probe is answered while all of these are busy.

mod accept;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tower::Service;

use super::Closing;
use super::problem::Problem;
use super::unread::{self, Unread};

/// The longest head of a request, in bytes.
pub const HEAD_BYTES_MAX: usize = 32 << 10;

/// The most headers of a request. hyper itself takes up to 100, and answers those beyond without a document.
pub const HEADERS_MAX: usize = 64;

/// What is granted to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections that are open at once.
    pub connections_max: usize,
    /// From the beginning of a connection, or the end of an answer, to the end of the next request's head.
    pub head: Duration,
    /// For a request's body, from its head on.
    pub body: Duration,
    /// How long a client is watched that does not take what waits for it: it is slow where it takes less than 1 KiB a second.
    pub unread: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Limits { connections_max: 12_000, head: seconds(60), body: seconds(30), unread: seconds(60) }
    }
}

/// What is behind the doors.
#[derive(Debug, Clone)]
pub(super) struct Server<S> {
    pub(super) service: S,
    pub(super) limits: Limits,
    pub(super) closing: Closing,
    /// The requests that are being answered.
    pub(super) under_way: Arc<AtomicUsize>,
}

/// Takes connections until it is told to close, then lets those that are open end.
pub(super) async fn serve<S>(listener: TcpListener, server: Server<S>) -> io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    // It goes to another runtime, and the listener of one cannot be waited for in another.
    let listener = listener.into_std()?;
    let workers = Handle::current();
    // Dropped with this future: whoever gives up the server ends the thread with it.
    let (_held, given_up) = oneshot::channel::<()>();
    let (end, ended) = oneshot::channel();
    thread::Builder::new().name("accept".into()).spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let served = runtime.and_then(|runtime| {
            runtime.block_on(async {
                tokio::select! {
                    served = accept::accept(listener, server, workers) => served,
                    _ = given_up => Ok(()),
                }
            })
        });
        _ = end.send(served);
    })?;
    ended.await.unwrap_or_else(|_| Err(io::Error::other("the accept thread panicked")))
}

/// Serves one connection until its end, in the runtime this is called in.
async fn connection<S>(
    stream: TcpStream,
    server: Server<S>,
    keep_alive: bool,
    watcher: Watcher,
    _place: OwnedSemaphorePermit,
) where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let limits = server.limits;
    unread::tell_early(&stream);
    let stream = Unread::over(stream, limits.unread);
    let service = service_fn(move |request: hyper::Request<Incoming>| server.answer(request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).keep_alive(keep_alive);
    http.max_header_size(HEAD_BYTES_MAX).max_buf_size(BUFFER_BYTES_MAX);
    let served = watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await;
    if let Err(error) = served {
        tracing::debug!("a connection ends: {error}");
    }
}

/// What one connection holds of what it reads and writes. Room for a head, and for a part of a body behind it.
const BUFFER_BYTES_MAX: usize = 64 << 10;

impl<S> Server<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    fn answer(
        &self,
        request: hyper::Request<Incoming>,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<S> {
        let counted = Counted::among(&self.under_way);
        let headers = request.headers().len();
        let answer = (headers <= HEADERS_MAX).then(|| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(self.closing.clone());
            request.extensions_mut().insert(self.limits);
            self.service.clone().call(request)
        });
        async move {
            let _counted = counted;
            match answer {
                Some(answer) => answer.await,
                None => Ok(Problem::too_many_headers(headers).into_response()),
            }
        }
    }
}

/// A request that is being answered.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn among(all: &Arc<AtomicUsize>) -> Counted {
        all.fetch_add(1, Ordering::Relaxed);
        Counted(Arc::clone(all))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
