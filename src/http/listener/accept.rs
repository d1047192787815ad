//! The accept thread: accepts connections, peeks at the first bytes of each, and decides which runtime serves it.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::Service;

use super::{Server, connection};
use crate::http::Closing;
use crate::request::limits::Limits;
use crate::request::problem::Problem;

/// Connections over the limit that are being rejected at a time. Further ones wait in the kernel's queue.
const REJECTING_MAX: usize = 64;

/// A shorter head timeout while rejecting, because further connections wait for this one.
const REJECTING_HEAD: Duration = Duration::from_secs(5);

/// The pause after a failed accept, which mostly means that no file descriptors are left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The first bytes of a liveness probe.
const PROBES: [&[u8]; 4] = [b"GET /healthz ", b"GET /healthz?", b"HEAD /healthz ", b"HEAD /healthz?"];

/// The length of the longest probe.
const PROBE_BYTES: usize = 14;

/// Accepts connections until the server closes, then waits for the open ones to end.
pub(super) async fn accept<S>(listener: std::net::TcpListener, server: Server<S>, workers: Handle) -> io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let listener = TcpListener::from_std(listener)?;
    let (slots, rejecting) = (Semaphore::new(server.limits.connections_max), Semaphore::new(REJECTING_MAX));
    let (slots, rejecting) = (Arc::new(slots), Arc::new(rejecting));
    let open = GracefulShutdown::new();
    let mut closed = std::pin::pin!(server.closing.clone().closed());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut closed => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) if is_client_error(&error) => continue,
            Err(error) => {
                tracing::warn!("cannot accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // Short responses must not wait for more bytes to send.
        _ = stream.set_nodelay(true);
        if let Ok(slot) = Arc::clone(&slots).try_acquire_owned() {
            tokio::spawn(admit(stream, server.clone(), workers.clone(), open.watcher(), slot));
            continue;
        }
        tokio::select! {
            slot = Arc::clone(&rejecting).acquire_owned() => {
                // The semaphore is never closed.
                let Ok(slot) = slot else { break };
                tokio::spawn(reject(stream, server.clone(), open.watcher(), slot));
            }
            () = &mut closed => break,
        }
    }
    drop(listener);
    open.shutdown().await;
    Ok(())
}

/// Serves a connection within the limit: here if it begins with a probe, otherwise on the workers.
async fn admit<S>(stream: TcpStream, server: Server<S>, workers: Handle, watcher: Watcher, slot: OwnedSemaphorePermit)
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    match begins_with_probe(&stream, server.limits.head, &server.closing).await {
        None => {}
        // Closed after one response, because the next request could keep this thread busy.
        Some(true) => connection(stream, server, false, watcher, slot).await,
        Some(false) => {
            let Ok(stream) = stream.into_std() else { return };
            workers.spawn(async move {
                match TcpStream::from_std(stream) {
                    Ok(stream) => connection(stream, server, true, watcher, slot).await,
                    Err(error) => tracing::warn!("cannot pass a connection to the workers: {error}"),
                }
            });
        }
    }
}

/// Rejects a connection over the limit, unless it begins with a probe.
async fn reject<S>(stream: TcpStream, server: Server<S>, watcher: Watcher, slot: OwnedSemaphorePermit)
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
{
    let head = server.limits.head.min(REJECTING_HEAD);
    let limits = Limits { head, ..server.limits };
    match begins_with_probe(&stream, head, &server.closing).await {
        None => {}
        Some(true) => connection(stream, Server { limits, ..server }, false, watcher, slot).await,
        Some(false) => {
            let service = Router::new().fallback(async || Problem::crowded());
            let Server { closing, under_way, .. } = server;
            connection(stream, Server { service, limits, closing, under_way }, false, watcher, slot).await;
        }
    }
}

/// Peeks at the first bytes; returns true if they are a probe, or none if nothing arrives in time or the server closes.
/// A probe that arrives in pieces is not recognized; the workers then answer it.
async fn begins_with_probe(stream: &TcpStream, within: Duration, closing: &Closing) -> Option<bool> {
    let mut first = [0; PROBE_BYTES];
    tokio::select! {
        looked = tokio::time::timeout(within, stream.peek(&mut first)) => {
            let length = looked.ok()?.ok().filter(|length| *length > 0)?;
            let first = first.get(..length)?;
            Some(PROBES.iter().any(|probe| first.starts_with(probe)))
        }
        () = closing.clone().closed() => None,
    }
}

/// Returns true if the client closed the connection before it was accepted.
fn is_client_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
