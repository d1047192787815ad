//! Limits on how many queries, submissions and trial runs are processed at a time.
//!
//! A query occupies a processor and the memory for the rows that it reads. Most run milliseconds and little memory.
//! Those that read all check-ins of a cycle in a large history run seconds and more than a gigabyte: a few at once
//! would starve recording. Queries over the limit wait in order of arrival, for half a minute at most; a client that
//! disconnects leaves the queue.
//!
//! A small submission is parsed on the async worker, because handing it to another thread takes longer than parsing it.
//! A large one would block the worker for too long.

use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::blocking::off_the_workers;
use super::memory::WAIT_MAX;
use crate::ledger::Error;

/// Cheap queries in progress per processor. Some of them wait for the disk, so there are more than one.
const QUICK_EACH: usize = 4;

/// The longest body that is parsed on the async worker.
const INLINE_BYTES_MAX: usize = 16 << 10;

/// The number of events from which a history counts as large.
const LARGE: u64 = 100_000;

/// The declared cost of a query: how much of the ledger it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// The current views, one goal's history, or a page of events.
    Low,
    /// All check-ins of a cycle.
    High,
    /// A document laid out for print: it takes both processors and much memory, whatever the size of the history.
    Print,
}

/// The semaphores that limit the work in progress.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    quick: Arc<Semaphore>,
    slow: Arc<Semaphore>,
    print: Arc<Semaphore>,
    reading: Arc<Semaphore>,
    trying: Arc<Semaphore>,
    wait_max: Duration,
    /// For each query answered: its declared cost, and how many rows it read.
    #[cfg(test)]
    pub(crate) answered: Arc<std::sync::Mutex<Vec<(Cost, u64)>>>,
}

impl Admission {
    pub(crate) fn of_this_machine() -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        // Half of the processors stay free for recording and for cheap queries.
        Admission::of(QUICK_EACH * processors, (processors / 2).max(1))
    }

    fn of(quick: usize, slow: usize) -> Self {
        let permits = |permits| Arc::new(Semaphore::new(permits));
        Admission {
            quick: permits(quick),
            slow: permits(slow),
            print: permits(1),
            reading: permits(slow),
            trying: permits(slow),
            wait_max: WAIT_MAX,
            #[cfg(test)]
            answered: Arc::default(),
        }
    }

    /// Runs a query once it is admitted; `events` is the length of the history. The permit is held until the work ends,
    /// even if the client has disconnected.
    pub(crate) async fn answer<T: Send + 'static>(
        &self,
        cost: Cost,
        events: u64,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let admission = match cost {
            Cost::Print => &self.print,
            Cost::High if events >= LARGE => &self.slow,
            Cost::Low | Cost::High => &self.quick,
        };
        #[cfg(test)]
        let work = {
            let answered = Arc::clone(&self.answered);
            move || {
                let before = crate::views::read::rows();
                let done = work();
                answered.lock().unwrap().push((cost, crate::views::read::rows() - before));
                done
            }
        };
        self.run(admission, work).await?
    }

    /// Parses a submission of so many bytes: inline if it is small, otherwise once it is admitted.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        if bytes <= INLINE_BYTES_MAX { Ok(work()) } else { self.run(&self.reading, work).await }
    }

    /// Runs a dry run once it is admitted.
    pub(crate) async fn try_out<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.run(&self.trying, work).await?
    }

    async fn run<T: Send + 'static>(
        &self,
        admission: &Arc<Semaphore>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let permit = match Arc::clone(admission).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.acquire(admission).await?,
        };
        off_the_workers(move || {
            let _permit = permit;
            work()
        })
        .await
    }

    async fn acquire(&self, admission: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Error> {
        match timeout(self.wait_max, Arc::clone(admission).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphores are never closed.
            Ok(Err(_)) | Err(_) => Err(Error::Busy("too many requests are in progress")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::time::Duration;

    use tokio::task::JoinHandle;

    use super::*;

    /// Starts a query that ends on a signal; the receiver reports that it has begun.
    fn asked(
        admission: &Admission,
        cost: Cost,
        events: u64,
    ) -> (JoinHandle<Result<u64, Error>>, Sender<()>, Receiver<()>) {
        let (release, released) = channel();
        let (begin, begun) = channel();
        let admission = admission.clone();
        let answer = tokio::spawn(async move {
            let work = move || {
                _ = begin.send(());
                _ = released.recv();
                Ok(events)
            };
            admission.answer(cost, events, work).await
        });
        (answer, release, begun)
    }

    fn has_begun(begun: &Receiver<()>, within: u64) -> bool {
        begun.recv_timeout(Duration::from_millis(within)).is_ok()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn costly_queries_to_large_histories_wait_only_for_each_other() {
        let admission = Admission::of(2, 1);
        let (first, end_first, begun) = asked(&admission, Cost::High, LARGE);
        assert!(has_begun(&begun, 10_000));
        let (second, end_second, second_begun) = asked(&admission, Cost::High, LARGE);
        assert!(!has_begun(&second_begun, 100));

        // Cheap queries have permits of their own, until these run out.
        let (near, end_near, near_begun) = asked(&admission, Cost::Low, LARGE);
        let (short, end_short, short_begun) = asked(&admission, Cost::High, LARGE - 1);
        assert!(has_begun(&near_begun, 10_000) && has_begun(&short_begun, 10_000));
        let (third, end_third, third_begun) = asked(&admission, Cost::Low, 0);
        assert!(!has_begun(&third_begun, 100));
        // Print jobs wait only for other print jobs.
        let (print, end_print, print_begun) = asked(&admission, Cost::Print, 1);
        assert!(has_begun(&print_begun, 10_000));
        let (next, end_next, next_begun) = asked(&admission, Cost::Print, 2);
        assert!(!has_begun(&next_begun, 100));

        for end in [end_first, end_second, end_near, end_short, end_third, end_print, end_next] {
            end.send(()).unwrap();
        }
        for (answer, events) in
            [(first, LARGE), (second, LARGE), (near, LARGE), (short, LARGE - 1), (third, 0), (print, 1), (next, 2)]
        {
            assert_eq!(answer.await.unwrap().unwrap(), events);
        }
        assert!(has_begun(&second_begun, 0) && has_begun(&third_begun, 0));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_client_that_disconnects_leaves_the_queue_and_work_in_progress_keeps_its_permit() {
        let admission = Admission::of(1, 1);
        let (under_way, end_first, begun) = asked(&admission, Cost::High, LARGE);
        assert!(has_begun(&begun, 10_000));
        let (waiting, _end, never_begun) = asked(&admission, Cost::High, LARGE);
        let (patient, end_last, last_begun) = asked(&admission, Cost::High, LARGE);
        assert!(!has_begun(&never_begun, 100));
        under_way.abort();
        waiting.abort();
        assert!(under_way.await.unwrap_err().is_cancelled() && waiting.await.unwrap_err().is_cancelled());
        assert!(!has_begun(&last_begun, 100));

        end_first.send(()).unwrap();
        assert!(has_begun(&last_begun, 10_000));
        end_last.send(()).unwrap();
        assert_eq!(patient.await.unwrap().unwrap(), LARGE);
        assert!(!has_begun(&never_begun, 0));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_query_that_waits_too_long_is_rejected_as_busy() {
        let admission = Admission { wait_max: Duration::from_millis(20), ..Admission::of(1, 1) };
        let (under_way, end, begun) = asked(&admission, Cost::Low, 1);
        assert!(has_begun(&begun, 10_000));
        let late = admission.answer(Cost::Low, 1, || Ok(())).await.unwrap_err();
        assert_eq!(late.to_string(), "too many requests are in progress: try again in a moment");
        end.send(()).unwrap();
        under_way.await.unwrap().unwrap();
        admission.answer(Cost::Low, 1, || Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_large_submission_is_parsed_off_the_worker_and_a_small_one_on_it() {
        let admission = Admission::of(1, 1);
        let (release, released) = channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let of = admission.clone();
        let large = tokio::spawn(async move {
            of.read(INLINE_BYTES_MAX + 1, move || {
                _ = begin.send(());
                released.recv_timeout(Duration::from_secs(30)).is_ok()
            })
            .await
        });
        begun.await.unwrap();
        // The only worker stays responsive.
        let here = std::thread::current().id();
        assert_eq!(admission.read(INLINE_BYTES_MAX, || std::thread::current().id()).await.unwrap(), here);
        release.send(()).unwrap();
        assert!(large.await.unwrap().unwrap(), "it was read on the worker");
    }
}
