//! Closes connections whose client reads too slowly.
//!
//! A client is *slow* if bytes wait for it and it accepts fewer than [`LEAST_PER_SECOND`] over a whole span. A client
//! for which nothing waits, as on a feed of a quiet ledger, is never slow. Bytes count as read once the kernel accepts
//! them for sending, so the kernel must buffer few of them: see [`limit_unsent`].

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

/// The least bytes per second that a client must read while some wait for it.
const LEAST_PER_SECOND: u64 = 1_024;

/// The most unsent bytes in the kernel's buffer. With a larger buffer, a client that reads a few KiB a second would
/// appear to read nothing for a minute, and then a megabyte.
const UNSENT_MAX: u32 = 32 << 10;

/// Limits the unsent bytes in the kernel's buffer.
pub(super) fn limit_unsent(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_MAX) {
        tracing::debug!("cannot limit the unsent bytes of a connection: {error}");
    }
}

/// A stream that fails with [`io::ErrorKind::TimedOut`] if the other end is slow.
#[derive(Debug)]
pub(super) struct Unread<S> {
    stream: S,
    span: Duration,
    waiting: Option<Waiting>,
}

/// The state while bytes wait to be read.
#[derive(Debug)]
struct Waiting {
    /// Bytes read since the span began.
    taken: u64,
    span_ends: Pin<Box<Sleep>>,
}

impl<S> Unread<S> {
    /// Wraps a stream and checks the other end after each such span in which bytes wait.
    pub(super) fn over(stream: S, span: Duration) -> Unread<S> {
        Unread { stream, span, waiting: None }
    }

    /// Updates the state after a write of so many bytes.
    fn judge(
        &mut self,
        context: &mut Context<'_>,
        offered: usize,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(taken)) if taken >= offered => self.waiting = None,
            Poll::Ready(Ok(taken)) => {
                if let Some(waiting) = &mut self.waiting {
                    waiting.taken += taken as u64;
                }
            }
            Poll::Ready(Err(_)) => {}
            Poll::Pending => return self.wait(context).map(Err),
        }
        written
    }

    /// Waits for the client; fails at the end of a span in which it read too little.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let span = self.span;
        // The timer is set only here, because most responses are accepted at once.
        let waiting = self.waiting.get_or_insert_with(|| Waiting { taken: 0, span_ends: Box::pin(sleep(span)) });
        loop {
            ready!(waiting.span_ends.as_mut().poll(context));
            if waiting.taken < least(span) {
                let says = format!("the client read only {} bytes in {} s", waiting.taken, span.as_secs());
                return Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, says));
            }
            waiting.taken = 0;
            waiting.span_ends.as_mut().reset(Instant::now() + span);
        }
    }
}

/// Returns the least bytes to be read in a span.
fn least(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX).saturating_mul(LEAST_PER_SECOND) / 1_000
}

impl<S: AsyncRead + Unpin> AsyncRead for Unread<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unread<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, bytes.len(), written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.judge(context, pieces.iter().map(|piece| piece.len()).sum(), written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::task::Waker;

    use tokio::time::sleep;

    use super::*;

    /// The span in which 1,024 bytes must be read.
    const SECOND: Duration = Duration::from_secs(1);
    const PAUSE: Duration = Duration::from_millis(10);

    /// A stream that accepts as many bytes as its other end has made room for.
    #[derive(Debug, Clone, Default)]
    struct Pipe(Arc<Mutex<(usize, Option<Waker>)>>);

    impl Pipe {
        fn make_room(&self, bytes: usize) {
            let mut inner = self.0.lock().unwrap();
            inner.0 += bytes;
            inner.1.take().into_iter().for_each(Waker::wake);
        }
    }

    impl AsyncWrite for Pipe {
        fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let mut inner = self.0.lock().unwrap();
            match inner.0.min(bytes.len()) {
                0 => {
                    inner.1 = Some(context.waker().clone());
                    Poll::Pending
                }
                taken => {
                    inner.0 -= taken;
                    Poll::Ready(Ok(taken))
                }
            }
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn write_all(near: &mut Unread<Pipe>, bytes: usize) -> io::Result<()> {
        let bytes = vec![7; bytes];
        let mut written = 0;
        while written < bytes.len() {
            let rest = &bytes[written..];
            written += std::future::poll_fn(|context| Pin::new(&mut *near).poll_write(context, rest)).await?;
        }
        Ok(())
    }

    /// Returns a writer and the pipe that it writes to.
    fn pipe(span: Duration) -> (Unread<Pipe>, Pipe) {
        let far = Pipe::default();
        (Unread::over(far.clone(), span), far)
    }

    #[tokio::test]
    async fn a_client_that_reads_a_byte_now_and_then_is_disconnected() {
        let (mut near, far) = pipe(SECOND);
        let reader = tokio::spawn(async move {
            loop {
                far.make_room(1);
                sleep(PAUSE).await;
            }
        });
        let error = write_all(&mut near, 4_096).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        reader.abort();
    }

    #[tokio::test]
    async fn a_client_that_reads_enough_is_waited_for_over_several_spans() {
        let (mut near, far) = pipe(SECOND / 2);
        tokio::spawn(async move {
            for _ in 0..150 {
                far.make_room(100);
                sleep(PAUSE).await;
            }
        });
        write_all(&mut near, 15_000).await.unwrap();
    }

    #[tokio::test]
    async fn each_span_is_judged_by_itself() {
        let (mut near, far) = pipe(SECOND / 2);
        // Plenty within the first span, then nothing.
        let read = async {
            sleep(PAUSE).await;
            far.make_room(10_000);
        };
        let write = tokio::time::timeout(20 * SECOND, write_all(&mut near, 20_000));
        let (written, ()) = tokio::join!(write, read);
        assert_eq!(written.unwrap().unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn no_client_is_slow_while_nothing_waits() {
        let span = SECOND / 10;
        let (mut near, far) = pipe(span);
        for _ in 0..3 {
            // Half of the bytes wait, for a moment.
            far.make_room(40);
            let read = async {
                sleep(PAUSE).await;
                far.make_room(40);
            };
            let (written, ()) = tokio::join!(write_all(&mut near, 80), read);
            written.unwrap();
            sleep(3 * span).await;
        }
    }
}
