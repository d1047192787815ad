//! The time ledgers record by: a clock that is given, or the machine's, which is held against what is known of it.

use std::path::Path;
use std::sync::Arc;

use events::Moment;
use serde::{Deserialize, Serialize};

use super::data_folder::DataFolder;
use super::operations::{Error, Operation};
use crate::clock::{Clocks, Guard};
use crate::journal::{Journal, rocks::Rocks};
use crate::writer::{CheckedClock, Clock};

/// Where a ledger's time comes from.
pub(super) enum Time {
    /// From its opener: a test, a generator, whoever makes the demo. It is not doubted.
    Given(Clock),
    /// From the machine.
    Machine(Arc<Guard>),
}

impl Time {
    pub(super) fn of_the_machine(clocks: Clocks, journal: &Arc<dyn Journal>, folder: &Path) -> Time {
        let journal = Arc::clone(journal);
        Time::Machine(Arc::new(Guard::new(clocks, folder, Box::new(move || last_event(&*journal)))))
    }

    /// The clock as the writer asks it, and the guard that stands before it.
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

/// When the last event of any ledger was recorded. A journal that cannot be read records nothing anyway.
fn last_event(journal: &dyn Journal) -> Option<Moment> {
    let books = journal.logs().unwrap_or_default();
    let heads = books.iter().filter_map(|book| journal.head(book.no).ok()?.recorded_at);
    heads.max().map(Moment::from)
}

/// What became of a clock that somebody says is right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedClock {
    /// What it says.
    pub now: Moment,
    /// What spoke against it and is accepted now; none where nothing did, and nothing was accepted.
    pub accepted: Option<String>,
}

fn accept(guard: &Guard) -> Result<AcceptedClock, Error> {
    let unkept = |error| Error::Failed(format!("the file `clock` cannot be written ({error}): nothing was accepted"));
    let (now, doubt) = guard.accept().map_err(unkept)?;
    Ok(AcceptedClock { now, accepted: doubt.map(|doubt| doubt.to_string()) })
}

impl Operation {
    /// Accepts the machine's clock as it is, where something speaks against it.
    pub fn accept_clock(&self) -> Result<AcceptedClock, Error> {
        let unguarded = || Error::Refused("these ledgers were opened with a clock of their own".into());
        accept(self.guard().ok_or_else(unguarded)?)
    }
}

/// Accepts the machine's clock for a data folder that nobody has open.
pub fn accept_clock_folder(folder: &Path, clocks: Clocks) -> Result<AcceptedClock, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let journal: Arc<dyn Journal> = Arc::new(Rocks::open(data_folder.journal())?);
    let guard = Guard::new(clocks, folder, Box::new(move || last_event(&*journal)));
    accept(&guard)
}
