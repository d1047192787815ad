//! Connections: how many may be open at once, and how long a client may be idle.
//!
//! Each connection holds a file descriptor, and the journal needs descriptors too: clients must not use them all.
//! Connections beyond the limit get 503. A client must send a request's head, then its body, and then read the
//! response; a client that takes too long over one of these is disconnected, to free its slot.
//!
//! ```text
//! accept thread ─> first bytes of a connection ─> GET /healthz  ─> answered here, then closed
//! (a runtime of                                ─> limit reached ─> 503 here, then closed
//!  its own)                                    ─> anything else ─> passed to the async workers
//! ```
//!
//! The accept thread never waits for workers or blocking threads. So probes are answered even while all of these are
//! busy.

mod accept;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

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
use super::unread::{self, Unread};
use crate::request::limits::{HEAD_BYTES_MAX, HEADERS_MAX, Limits};
use crate::request::problem::Problem;

/// The service behind the listener, with its limits.
#[derive(Debug, Clone)]
pub(super) struct Server<S> {
    pub(super) service: S,
    pub(super) limits: Limits,
    pub(super) closing: Closing,
    /// The number of requests in progress.
    pub(super) under_way: Arc<AtomicUsize>,
}

/// Accepts connections until the server closes, then waits for the open ones to end.
pub(super) async fn serve<S>(listener: TcpListener, server: Server<S>) -> io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    // The accept thread has a runtime of its own, and a tokio listener works only in the runtime that made it.
    let listener = listener.into_std()?;
    let workers = Handle::current();
    let (alive, dropped) = oneshot::channel::<()>();
    let (end, ended) = oneshot::channel();
    let thread = thread::Builder::new().name("accept".into()).spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let served = runtime.and_then(|runtime| {
            runtime.block_on(async {
                tokio::select! {
                    served = accept::accept(listener, server, workers) => served,
                    _ = dropped => Ok(()),
                }
            })
        });
        _ = end.send(served);
    })?;
    let _thread = AcceptThread { alive: Some(alive), thread: Some(thread) };
    ended.await.unwrap_or_else(|_| Err(io::Error::other("the accept thread panicked")))
}

/// Ends the accept thread and waits for it when dropped. The thread holds the ledgers: a process that exits meanwhile would
/// close RocksDB while its statics are destroyed.
struct AcceptThread {
    alive: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Drop for AcceptThread {
    fn drop(&mut self) {
        drop(self.alive.take());
        // A panic of the thread was reported by the channel that it did not answer.
        _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

/// Serves one connection until it ends, in the current runtime.
async fn connection<S>(
    stream: TcpStream,
    server: Server<S>,
    keep_alive: bool,
    watcher: Watcher,
    _slot: OwnedSemaphorePermit,
) where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let limits = server.limits;
    unread::limit_unsent(&stream);
    let stream = Unread::over(stream, limits.unread);
    let service = service_fn(move |request: hyper::Request<Incoming>| server.answer(request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).keep_alive(keep_alive);
    http.max_header_size(HEAD_BYTES_MAX).max_buf_size(BUFFER_BYTES_MAX);
    let served = watcher.watch(http.serve_connection(TokioIo::new(stream), service)).await;
    if let Err(error) = served {
        tracing::debug!("closing a connection: {error}");
    }
}

/// The buffer of one connection: a request head and a part of the body that follows it.
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

/// Counts a request as in progress until it is dropped.
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
