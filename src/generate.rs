//! Records a generated history: the writer accepts its entries like all others, each at its own time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use events::{LedgerSlug, Moment};
use generator::{Entry, Organisation, Plan};
use projections::rules::Proposal;
use tokio::sync::mpsc;
use xxhash_rust::xxh3::xxh3_64;

use crate::journal::{Incarnation, Incarnations};
use crate::ledger::{Error, Header, Ledger, Ledgers};
use crate::views::Progress;
use crate::writer::{Clock, Outcome};

/// Entries generated ahead of recording.
const AHEAD_MAX: usize = 8;

/// Entries submitted to the writer and not yet answered.
const IN_FLIGHT_MAX: usize = 16;

/// A clock set by hand. Ledgers opened with it record events at past times.
#[derive(Debug, Clone)]
pub struct SetClock(Arc<AtomicI64>);

impl SetClock {
    /// Returns a clock that shows this moment until it is set.
    pub fn at(moment: Moment) -> SetClock {
        SetClock(Arc::new(AtomicI64::new(moment.micros())))
    }

    /// Sets the clock.
    pub fn set(&self, moment: Moment) {
        self.0.store(moment.micros(), Ordering::SeqCst);
    }

    /// Returns this clock in the form that ledgers are opened with.
    pub fn clock(&self) -> Clock {
        let micros = Arc::clone(&self.0);
        Box::new(move || {
            Moment::from_micros(micros.load(Ordering::SeqCst)).unwrap_or_else(|| chrono::Utc::now().into())
        })
    }
}

/// A generated history that was recorded.
#[derive(Debug)]
pub struct Made {
    /// The ledger that contains it.
    pub ledger: Ledger,
    /// Number of entries recorded.
    pub entries: u64,
    /// Number of events recorded.
    pub events: u64,
}

/// Records the history of a plan in a ledger that is empty or does not exist yet. `clock` must be the clock that
/// `ledgers` were opened with; nothing else may be recorded meanwhile.
pub async fn into(
    ledgers: &Ledgers,
    clock: &SetClock,
    slug: &LedgerSlug,
    title: &str,
    plan: Plan,
    progress: &mut dyn Progress,
) -> Result<Made, Error> {
    clock.set(plan.made_at());
    let incarnations = || Incarnations::first(incarnation_of(plan));
    let (info, _) = ledgers.create_as(slug, &Header::new(title, plan.made_at()), incarnations).await?;
    if info.last_seq > 0 {
        let says = format!(
            "the ledger `{slug}` holds {} events, and a generated history needs an empty ledger: name another one with \
             --ledger",
            info.last_seq
        );
        return Err(Error::invalid("", "not_empty", says));
    }
    let mut made = Made { ledger: ledgers.ledger(slug.as_str())?, entries: 0, events: 0 };
    let (next, mut entries) = mpsc::channel::<Entry>(AHEAD_MAX);
    let maker = std::thread::Builder::new().name("generator".into()).spawn(move || {
        // The receiver is dropped once an entry was refused.
        Organisation::new(plan).try_for_each(|entry| next.blocking_send(entry)).ok()
    });
    maker.map_err(|error| Error::Unavailable(format!("cannot start the generator's thread: {error}")))?;

    let mut in_flight = VecDeque::new();
    let mut now = plan.made_at();
    while let Some(Entry { at, submissions }) = entries.recv().await {
        // The writer reads the clock when it decides. The clock is advanced only once no entry of an earlier moment is
        // pending.
        let may_wait = if at == now { IN_FLIGHT_MAX - 1 } else { 0 };
        while in_flight.len() > may_wait {
            let Some(answer) = in_flight.pop_front() else { break };
            made.take(answer.await?, plan, progress);
        }
        clock.set(at);
        now = at;
        let bytes = submissions.len() << 10;
        in_flight.push_back(made.ledger.hand_in(Proposal { submissions, is_list: true, if_match: None }, bytes)?);
    }
    for answer in in_flight {
        made.take(answer.await?, plan, progress);
    }
    Ok(made)
}

/// The same plan makes the same ledger, down to the bytes of its copy.
fn incarnation_of(plan: Plan) -> Incarnation {
    let Plan { people, quarters, seed, starts_on } = plan;
    Incarnation::of(xxh3_64(format!("{people} {quarters} {seed} {starts_on}").as_bytes()))
}

impl Made {
    fn take(&mut self, outcome: Outcome, plan: Plan, progress: &mut dyn Progress) {
        let (Outcome::Recorded(receipt) | Outcome::Replayed(receipt) | Outcome::Tried(receipt)) = outcome;
        self.entries += 1;
        self.events += receipt.events.len() as u64;
        progress.folded(self.events, plan.events_about().max(self.events));
    }
}
