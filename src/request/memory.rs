//! The budget for bytes held for clients: bodies being received, and responses waiting to be read.
//!
//! | share of `memory_max` | bytes | over the limit |
//! |---|---|---|
//! | 20 % | bodies, from their first byte until the response | the body waits, then 503 `busy` |
//! | 20 % | the first MiB of each response | the response waits, then 503 `busy` |
//! | 20 % | the rest of longer responses, compressed | the same, except for one response at a time |
//! | 5 % | the writer's queue (`writer/queue.rs`) | 503 `busy` |
//!
//! So long responses that are read slowly leave memory for short ones. One response at a time may exceed its share: a
//! replay of a large cycle takes some hundred megabytes of JSON, and must still be possible.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::ledger::Error;

/// The longest wait for memory or for admission.
pub(crate) const WAIT_MAX: Duration = Duration::from_secs(30);

/// The bytes per permit: semaphores count permits in 32 bits.
const UNIT: usize = 1 << 10;

/// The error once the wait is over.
pub(crate) const OUT_OF_MEMORY: Error = Error::Busy("the memory for clients is used up (server setting memory_max)");

/// The budget for bytes held for clients.
#[derive(Debug, Clone)]
pub struct Memory(Arc<Shares>);

#[derive(Debug)]
struct Shares {
    queue_bytes_max: usize,
    bodies: Arc<Semaphore>,
    short: Arc<Semaphore>,
    long: Arc<Semaphore>,
    /// Held by the one response that may exceed its share.
    beyond: Arc<Semaphore>,
    wait_max: Duration,
}

/// Bytes reserved until this is dropped.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "dropping it is its use")] OwnedSemaphorePermit);

/// The reservation of a body, which may grow.
#[derive(Debug)]
pub(crate) struct BodyReservation {
    memory: Memory,
    permit: OwnedSemaphorePermit,
}

/// The reservation for a response beyond its first MiB.
#[derive(Debug, Default)]
pub(crate) struct Long {
    beyond: Option<Arc<Held>>,
}

impl Memory {
    /// Divides a budget of so many bytes.
    pub fn of(memory_max: u64) -> Memory {
        Memory::with_wait_max(memory_max, WAIT_MAX)
    }

    fn with_wait_max(memory_max: u64, wait_max: Duration) -> Memory {
        let bytes = |percent: u64| usize::try_from(memory_max / 100 * percent).unwrap_or(usize::MAX);
        let share = |percent| Arc::new(Semaphore::new((bytes(percent) / UNIT).clamp(1, Semaphore::MAX_PERMITS)));
        Memory(Arc::new(Shares {
            queue_bytes_max: bytes(5),
            bodies: share(20),
            short: share(20),
            long: share(20),
            beyond: Arc::new(Semaphore::new(1)),
            wait_max,
        }))
    }

    /// Returns the bytes of entries that may wait for the writer.
    pub fn queue_bytes_max(&self) -> usize {
        self.0.queue_bytes_max
    }

    /// Reserves so many bytes for a body, waiting for them if necessary.
    pub(crate) async fn body(&self, bytes: usize) -> Result<BodyReservation, Error> {
        let bodies = &self.0.bodies;
        let permit = match Arc::clone(bodies).try_acquire_many_owned(units(bytes)) {
            Ok(permit) => permit,
            Err(_) => self.in_time(Arc::clone(bodies).acquire_many_owned(units(bytes))).await?,
        };
        Ok(BodyReservation { memory: self.clone(), permit })
    }

    /// Reserves bytes for a short response, or for the first MiB of a long one. Blocks, so never call it on an async
    /// worker.
    pub(crate) fn short(&self, bytes: usize) -> Result<Held, Error> {
        let short = &self.0.short;
        match Arc::clone(short).try_acquire_many_owned(units(bytes)) {
            Ok(permit) => Ok(Held(permit)),
            Err(_) => {
                let acquired = Arc::clone(short).acquire_many_owned(units(bytes));
                Handle::current().block_on(self.in_time(acquired)).map(Held)
            }
        }
    }

    /// Reserves further bytes for a long response. Blocks, so never call it on an async worker.
    pub(crate) fn more(&self, long: &mut Long, bytes: usize) -> Result<Arc<Held>, Error> {
        if let Some(beyond) = &long.beyond {
            return Ok(Arc::clone(beyond));
        }
        let Shares { long: share, beyond, .. } = &*self.0;
        if let Ok(permit) = Arc::clone(share).try_acquire_many_owned(units(bytes)) {
            return Ok(Arc::new(Held(permit)));
        }
        let goes_beyond = async {
            tokio::select! {
                biased;
                permit = Arc::clone(beyond).acquire_owned() => permit.map(|permit| (permit, true)),
                permit = Arc::clone(share).acquire_many_owned(units(bytes)) => permit.map(|permit| (permit, false)),
            }
        };
        let (permit, is_beyond) = Handle::current().block_on(self.in_time(goes_beyond))?;
        let held = Arc::new(Held(permit));
        if is_beyond {
            long.beyond = Some(Arc::clone(&held));
        }
        Ok(held)
    }

    /// Waits for a permit, but not for ever.
    async fn in_time<T, E>(&self, acquired: impl Future<Output = Result<T, E>>) -> Result<T, Error> {
        match timeout(self.0.wait_max, acquired).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphores are never closed.
            Ok(Err(_)) | Err(_) => Err(OUT_OF_MEMORY),
        }
    }
}

impl Long {
    /// Returns true if this is the one response that exceeds its share.
    #[cfg(test)]
    pub(crate) fn goes_beyond(&self) -> bool {
        self.beyond.is_some()
    }
}

impl BodyReservation {
    /// Reserves further bytes for a body that turns out to be longer. Never waits: several half-received bodies could
    /// wait for each other.
    pub(crate) fn grow(&mut self, more: usize) -> Result<(), Error> {
        let bodies = Arc::clone(&self.memory.0.bodies);
        let permit = bodies.try_acquire_many_owned(units(more)).map_err(|_| OUT_OF_MEMORY)?;
        self.permit.merge(permit);
        Ok(())
    }
}

/// Returns the number of permits for so many bytes.
fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1 << 20;

    /// A budget of 5 MiB: one MiB each for bodies, short responses and long ones.
    fn memory() -> Memory {
        Memory::with_wait_max(5 * MIB as u64 + 100, Duration::from_millis(50))
    }

    /// Runs work that may block.
    async fn waiting<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
        tokio::task::spawn_blocking(work).await.unwrap()
    }

    #[tokio::test]
    async fn a_body_waits_for_room_and_then_the_server_is_busy() {
        let memory = memory();
        let first = memory.body(MIB).await.unwrap();
        assert!(matches!(memory.body(1).await, Err(Error::Busy(_))));
        let waits = memory.body(MIB);
        drop(first);
        waits.await.unwrap();
    }

    #[tokio::test]
    async fn a_body_that_grows_takes_more_room_or_is_refused_at_once() {
        let memory = memory();
        let mut first = memory.body(MIB / 2).await.unwrap();
        first.grow(MIB / 4).unwrap();
        assert!(matches!(first.grow(MIB / 2), Err(Error::Busy(_))));
        drop(first);
        memory.body(MIB).await.unwrap();
    }

    #[tokio::test]
    async fn one_answer_at_a_time_is_longer_than_its_share_and_short_ones_have_room_beside_it() {
        let memory = memory();
        let (of, mut long) = (memory.clone(), Long::default());
        let (first, long) = waiting(move || {
            let all: Vec<_> = (0..3).map(|_| of.more(&mut long, MIB).unwrap()).collect();
            (all, long)
        })
        .await;
        let of = memory.clone();
        assert!(matches!(waiting(move || of.more(&mut Long::default(), MIB)).await, Err(Error::Busy(_))));
        let of = memory.clone();
        let short = waiting(move || of.short(MIB)).await.unwrap();
        let of = memory.clone();
        assert!(matches!(waiting(move || of.short(1)).await, Err(Error::Busy(_))));
        drop((first, long));
        waiting(move || memory.more(&mut Long::default(), MIB)).await.unwrap();
        drop(short);
    }
}
