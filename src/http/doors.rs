//! The doors: how many clients are let in at once, and how long one may keep its place without doing its part.
//!
//! Each connection holds a file, and the journal needs files too: a crowd must not take them all. Who comes when all places
//! are taken is told so (503). What a client owes is a request's head, then its body, then to read what it is answered; one
//! that is late with it is let go, so that its place is free again.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tower::Service;

use super::Closing;
use super::problem::Problem;

/// Connections that are being told that there is no place for them. What comes beyond waits.
const TURNED_AWAY_MAX: usize = 64;

/// Rest after a connection could not be taken: mostly because there are no files left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What is granted to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections that are open at once.
    pub connections_max: usize,
    /// From the beginning of a connection, or the end of an answer, to the end of the next request's head.
    pub head: Duration,
    /// For a request's body, from its head on.
    pub body: Duration,
    /// For a client that does not read what it is sent.
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
pub(super) struct House<S> {
    pub(super) service: S,
    pub(super) limits: Limits,
    pub(super) closing: Closing,
    /// The requests that are being answered.
    pub(super) under_way: Arc<AtomicUsize>,
}

/// Takes connections until it is told to close, then lets those that are open end.
pub(super) async fn serve<S>(listener: TcpListener, house: House<S>) -> io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let (places, outside) = (Semaphore::new(house.limits.connections_max), Semaphore::new(TURNED_AWAY_MAX));
    let (places, outside) = (Arc::new(places), Arc::new(outside));
    let House { limits, closing, under_way, .. } = house.clone();
    let service = Router::new().fallback(async || Problem::crowded());
    let turned_away = House { service, limits, closing: closing.clone(), under_way };
    let open = GracefulShutdown::new();
    let mut told = std::pin::pin!(closing.told());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut told => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if is_the_clients(&error) => continue,
            Err(error) => {
                tracing::warn!("a connection cannot be taken: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // A small answer is not to wait for more to send.
        _ = stream.set_nodelay(true);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            tokio::spawn(connection(stream, house.clone(), true, open.watcher(), place));
            continue;
        }
        tokio::select! {
            place = Arc::clone(&outside).acquire_owned() => {
                // Nobody ever closes it.
                let Ok(place) = place else { break };
                tokio::spawn(connection(stream, turned_away.clone(), false, open.watcher(), place));
            }
            () = &mut told => break,
        }
    }
    drop(listener);
    open.shutdown().await;
    Ok(())
}

/// One connection, until its end.
async fn connection<S>(
    stream: TcpStream,
    house: House<S>,
    keep_alive: bool,
    watcher: Watcher,
    _place: OwnedSemaphorePermit,
) where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let limits = house.limits;
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.unread));
    let service = service_fn(move |request: hyper::Request<Incoming>| house.answer(request));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).keep_alive(keep_alive);
    let served = watcher.watch(http.serve_connection(TokioIo::new(Box::pin(stream)), service)).await;
    if let Err(error) = served {
        tracing::debug!("a connection ends: {error}");
    }
}

impl<S> House<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    fn answer(
        &self,
        request: hyper::Request<Incoming>,
    ) -> impl Future<Output = Result<Response, Infallible>> + Send + use<S> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(self.closing.clone());
        request.extensions_mut().insert(self.limits);
        let counted = Counted::among(&self.under_way);
        let answer = self.service.clone().call(request);
        async move {
            let _counted = counted;
            answer.await
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

/// Whether a connection failed before it was taken, by no fault of this machine.
fn is_the_clients(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
