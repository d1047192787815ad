//! Keeping a history that is made up: a generator's entries, recorded by the writer as everybody's are, each at its own time.

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

/// Entries that are made while others are recorded.
const AHEAD_MAX: usize = 8;

/// Entries that are with the writer at one time.
const IN_FLIGHT_MAX: usize = 16;

/// A clock that is set by hand: open ledgers with it to record what happened at other times.
#[derive(Debug, Clone)]
pub struct SetClock(Arc<AtomicI64>);

impl SetClock {
    /// A clock that stands at this moment.
    pub fn at(moment: Moment) -> SetClock {
        SetClock(Arc::new(AtomicI64::new(moment.micros())))
    }

    /// Sets it.
    pub fn set(&self, moment: Moment) {
        self.0.store(moment.micros(), Ordering::SeqCst);
    }

    /// The same clock as ledgers are opened with.
    pub fn clock(&self) -> Clock {
        let told = Arc::clone(&self.0);
        Box::new(move || Moment::from_micros(told.load(Ordering::SeqCst)).unwrap_or_else(|| chrono::Utc::now().into()))
    }
}

/// What was made up and recorded.
#[derive(Debug)]
pub struct Made {
    /// The ledger it was recorded in.
    pub ledger: Ledger,
    /// How many entries.
    pub entries: u64,
    /// How many events.
    pub events: u64,
}

/// Records the history of a plan in a ledger that is empty, or is not there yet. `clock` is the one that `ledgers` were
/// opened with: while this goes on, nothing else is to be recorded.
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
            "the ledger `{slug}` holds {} events: a history is made up in an empty one; name another (--ledger)",
            info.last_seq
        );
        return Err(Error::invalid("", "not_empty", says));
    }
    let mut made = Made { ledger: ledgers.ledger(slug.as_str())?, entries: 0, events: 0 };
    let (next, mut entries) = mpsc::channel::<Entry>(AHEAD_MAX);
    let maker = std::thread::Builder::new().name("generator".into()).spawn(move || {
        // Nobody takes any more once something was refused.
        Organisation::new(plan).try_for_each(|entry| next.blocking_send(entry)).ok()
    });
    maker.map_err(|error| Error::Unavailable(format!("the generator's thread does not start: {error}")))?;

    let mut in_flight = VecDeque::new();
    let mut now = plan.made_at();
    while let Some(Entry { at, submissions }) = entries.recv().await {
        // The writer reads the clock when it decides: it is set on when nothing of an earlier moment is left.
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

/// The same plan makes the same ledger, to the byte of its copy.
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
