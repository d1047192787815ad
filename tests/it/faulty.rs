//! A journal that injects failures into another one: permanently or once, before or after writing.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use okr_ledger::journal::{Entry, Error, Head, Incarnations, Journal, LedgerLog, LedgerNo, Recorded, Span};

/// The kind of failure. `written` is true if a failed group is in the journal nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    AppendFails {
        written: bool,
    },
    AppendPanics {
        written: bool,
    },
    /// Appends block until the fault is removed.
    AppendLingers {
        written: bool,
    },
    HeadFails,
    LookUpFails,
    /// Lookups of ids in this ledger block until the fault is removed.
    LookUpLingers {
        ledger: LedgerNo,
    },
    EventsDamaged,
    EventsPanic,
}

/// The error text of every failure.
pub(crate) const SAYS: &str = "the disk is gone";

/// A journal with faults.
#[derive(Debug, Default)]
pub(crate) struct Faulty<J> {
    journal: J,
    plan: Mutex<Plan>,
    mended: Condvar,
}

#[derive(Debug, Default)]
struct Plan {
    fault: Option<Fault>,
    /// Successful calls before the fault strikes.
    spared: u64,
    is_once: bool,
    is_lingering: bool,
}

impl<J> Faulty<J> {
    pub(crate) fn over(journal: J) -> Faulty<J> {
        Faulty { journal, plan: Mutex::default(), mended: Condvar::new() }
    }

    /// Fails every such call from now on.
    pub(crate) fn fails(&self, fault: Fault) {
        self.plan().fault = Some(fault);
    }

    /// Fails one such call, after `spared` successful ones.
    pub(crate) fn fails_once(&self, fault: Fault, spared: u64) {
        *self.plan() = Plan { fault: Some(fault), spared, is_once: true, is_lingering: false };
    }

    /// Removes the fault.
    pub(crate) fn mend(&self) {
        *self.plan() = Plan::default();
        self.mended.notify_all();
    }

    /// Returns true while a call is blocked.
    pub(crate) fn is_lingering(&self) -> bool {
        self.plan().is_lingering
    }

    fn strikes(&self, fault: Fault) -> bool {
        let mut plan = self.plan();
        if plan.fault != Some(fault) {
            return false;
        }
        let strikes = plan.spared == 0;
        plan.spared = plan.spared.saturating_sub(1);
        if strikes && plan.is_once {
            *plan = Plan::default();
        }
        strikes
    }

    fn linger(&self, at: Fault) {
        let mut plan = self.plan();
        while plan.fault == Some(at) {
            plan.is_lingering = true;
            plan = self.mended.wait(plan).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed<T>() -> Result<T, Error> {
    Err(Error::Storage(SAYS.into()))
}

impl<J: Journal> Journal for Faulty<J> {
    fn identity(&self) -> Result<Vec<u8>, Error> {
        self.journal.identity()
    }

    fn logs(&self) -> Result<Vec<LedgerLog>, Error> {
        self.journal.logs()
    }

    fn create(&self, slug: &str, header: &[u8]) -> Result<LedgerLog, Error> {
        self.journal.create(slug, header)
    }

    fn set_incarnations(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error> {
        self.journal.set_incarnations(ledger, incarnations)
    }

    fn append(&self, group: &[Entry]) -> Result<(), Error> {
        for written in [false, true] {
            if written {
                self.journal.append(group)?;
            }
            self.linger(Fault::AppendLingers { written });
            assert!(!self.strikes(Fault::AppendPanics { written }), "{SAYS}");
            if self.strikes(Fault::AppendFails { written }) {
                return failed();
            }
        }
        Ok(())
    }

    fn head(&self, ledger: LedgerNo) -> Result<Head, Error> {
        if self.strikes(Fault::HeadFails) { failed() } else { self.journal.head(ledger) }
    }

    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error> {
        self.journal.event(ledger, seq)
    }

    fn events_within(&self, ledger: LedgerNo, after: u64, span: Span) -> Result<Vec<Recorded>, Error> {
        assert!(!self.strikes(Fault::EventsPanic), "{SAYS}");
        if self.strikes(Fault::EventsDamaged) {
            return Err(Error::Damaged(SAYS.into()));
        }
        self.journal.events_within(ledger, after, span)
    }

    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error> {
        self.journal.entry(ledger, seq)
    }

    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error> {
        self.linger(Fault::LookUpLingers { ledger });
        if self.strikes(Fault::LookUpFails) { failed() } else { self.journal.seq_of(ledger, id) }
    }

    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error> {
        self.journal.seq_at(ledger, moment)
    }
}
