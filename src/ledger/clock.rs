//! The time that ledgers record by: a given clock, or the machine's, which the guard checks.

use std::path::Path;
use std::sync::Arc;

use events::Moment;
use serde::{Deserialize, Serialize};

use super::data_folder::DataFolder;
use super::operations::{Error, Operation};
use crate::clock::{Clocks, Guard};
use crate::journal::{Journal, rocks::Rocks};
use crate::writer::{CheckedClock, Clock};

/// The source of a ledger's time.
pub(super) enum Time {
    /// A clock given by a test, a generator or the demo. It is never doubted.
    Given(Clock),
    /// The machine's clock.
    Machine(Arc<Guard>),
}

impl Time {
    pub(super) fn of_the_machine(clocks: Clocks, journal: &Arc<dyn Journal>, folder: &Path) -> Time {
        let journal = Arc::clone(journal);
        Time::Machine(Arc::new(Guard::new(clocks, folder, Box::new(move || last_event(&*journal)))))
    }

    /// Returns the clock for the writer, and the guard that checks it.
    pub(super) fn checked(self) -> (CheckedClock, Option<Arc<Guard>>) {
        match self {
            Time::Given(clock) => (Box::new(move || Ok(clock())), None),
            Time::Machine(guard) => {
                let asked = Arc::clone(&guard);
                (Box::new(move || asked.now()), Some(guard))
            }
        }
    }
}

/// Returns when the last event of any ledger was recorded. Errors are ignored, because an unreadable journal records
/// nothing.
fn last_event(journal: &dyn Journal) -> Option<Moment> {
    let logs = journal.logs().unwrap_or_default();
    let heads = logs.iter().filter_map(|log| journal.head(log.no).ok()?.recorded_at);
    heads.max().map(Moment::from)
}

/// The result of accepting a clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedClock {
    /// The time the clock shows.
    pub now: Moment,
    /// The doubt that was accepted; `None` if there was no doubt and so nothing to accept.
    pub accepted: Option<String>,
}

fn accept(guard: &Guard) -> Result<AcceptedClock, Error> {
    let unkept = |error| Error::Failed(format!("cannot write the file `clock` ({error}): the clock was not accepted"));
    let (now, doubt) = guard.accept().map_err(unkept)?;
    Ok(AcceptedClock { now, accepted: doubt.map(|doubt| doubt.to_string()) })
}

impl Operation {
    /// Accepts the machine's clock as it is, if it is in doubt.
    pub fn accept_clock(&self) -> Result<AcceptedClock, Error> {
        let unguarded = || Error::Refused("these ledgers do not use the machine's clock".into());
        accept(self.guard().ok_or_else(unguarded)?)
    }
}

/// Accepts the machine's clock for a data folder that no process has open.
pub fn accept_clock_folder(folder: &Path, clocks: Clocks) -> Result<AcceptedClock, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let journal: Arc<dyn Journal> = Arc::new(Rocks::open(data_folder.journal())?);
    let guard = Guard::new(clocks, folder, Box::new(move || last_event(&*journal)));
    accept(&guard)
}
