//! Work that must not occupy an async worker thread.

use crate::ledger::Error;

/// Runs work that reads the disk on a blocking thread. A panic there is passed on to the caller.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    off_the_workers(work).await?
}

/// Runs work that takes a processor for long on a blocking thread. A panic there is passed on to the caller.
pub(crate) async fn off_the_workers<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let span = tracing::Span::current();
    match tokio::task::spawn_blocking(move || span.in_scope(work)).await {
        Ok(done) => Ok(done),
        Err(failed) if failed.is_panic() => std::panic::resume_unwind(failed.into_panic()),
        Err(_) => Err(Error::Unavailable("the server is shutting down".into())),
    }
}
