//! What a question need not name: the ledger if there is one only, the cycle that is on.

use std::cell::OnceCell;

use chrono::NaiveDate;
use events::{Ref, RefKind, SubjectId, TimeZone};
use projections::rows::CycleState;
use serde::Deserialize;

use super::cycles::LedgerList;
use super::read;
use crate::cli::failure::Failure;
use crate::cli::source::{Source, Target};

/// The way to one ledger.
pub(crate) struct Door<'a> {
    source: &'a Source,
    ledger: String,
    as_of: Option<String>,
    cycle: OnceCell<String>,
}

#[derive(Deserialize)]
struct CycleList {
    cycles: Vec<CycleLine>,
}

#[derive(Deserialize)]
struct CycleLine {
    id: String,
    state: CycleState,
    starts_on: NaiveDate,
}

/// Of a cycle, what answers about it leave unsaid.
#[derive(Deserialize)]
pub(crate) struct CycleStanding {
    pub(crate) state: CycleState,
    pub(crate) time_zone: TimeZone,
}

/// Of a goal, the same.
#[derive(Deserialize)]
struct GoalStanding {
    cycle: SubjectId,
}

impl<'a> Door<'a> {
    pub(crate) fn new(source: &'a Source, ledger: Option<String>, as_of: Option<String>) -> Result<Door<'a>, Failure> {
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => only_ledger(source)?,
        };
        Ok(Door { source, ledger, as_of, cycle: OnceCell::new() })
    }

    pub(crate) fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// A target in the ledger.
    pub(crate) fn target<'b>(&'b self, segments: impl IntoIterator<Item = &'b str>) -> Target {
        Target::of(["ledgers", self.ledger.as_str()].into_iter().chain(segments))
    }

    /// A target in a cycle: in the one that is named, else in the one that is on.
    pub(crate) fn cycle_target<'b>(
        &'b self,
        named: Option<&'b str>,
        segments: impl IntoIterator<Item = &'b str>,
    ) -> Result<Target, Failure> {
        let cycle = match named {
            Some(cycle) => cycle,
            None => self.usual_cycle()?,
        };
        Ok(self.target(["cycles", cycle].into_iter().chain(segments)))
    }

    /// Asks for more, from the same point of history.
    pub(crate) fn get(&self, target: &Target) -> Result<Vec<u8>, Failure> {
        self.source.get(&target.clone().with("as_of", self.as_of()))
    }

    /// How a cycle stands, as far as is asked.
    pub(crate) fn cycle_standing(&self, cycle: &SubjectId) -> Result<CycleStanding, Failure> {
        read(&self.get(&self.target(["cycles", cycle.as_str()]))?)
    }

    /// The time zone whose days are told of a cycle, an objective or a key result.
    pub(crate) fn zone_of(&self, subject: &SubjectId, given: Option<Ref>) -> Result<TimeZone, Failure> {
        let noun = match given.map(|given| given.kind) {
            None => return Ok(self.cycle_standing(subject)?.time_zone),
            Some(RefKind::Objective) => "objectives",
            Some(RefKind::KeyResult) => "key-results",
        };
        let goal: GoalStanding = read(&self.get(&self.target([noun, subject.as_str()]))?)?;
        Ok(self.cycle_standing(&goal.cycle)?.time_zone)
    }

    /// The cycle that people mean when they name none: the one that is under way, of several the one that began last, which
    /// is the quarter rather than its year. Where none is under way, the one that begins last.
    fn usual_cycle(&self) -> Result<&str, Failure> {
        if let Some(cycle) = self.cycle.get() {
            return Ok(cycle);
        }
        let list: CycleList = read(&self.source.get(&self.target(["cycles"]).with("as_of", self.as_of()))?)?;
        let usual = list
            .cycles
            .into_iter()
            .max_by_key(|cycle| (cycle.state == CycleState::Started, cycle.starts_on, cycle.id.clone()));
        let usual = usual.ok_or_else(|| Failure::failed(format!("the ledger `{}` has no cycle yet", self.ledger)))?;
        Ok(self.cycle.get_or_init(|| usual.id))
    }
}

/// What is said where there is no ledger: where that is, because it may be the wrong place.
pub(super) fn no_ledger(source: &Source) -> String {
    let flag = source.flag();
    format!(
        "there is no ledger yet in {source}: make one with `okr-ledger append FILE --create --ledger NAME {flag}`, or name \
         another place with --data or --url"
    )
}

/// Ledgers that are named in a message, at most.
const NAMED_MAX: usize = 10;

/// The ledger that is meant where none is named.
pub(crate) fn only_ledger(source: &Source) -> Result<String, Failure> {
    let mut list = LedgerList::read_whole(source)?;
    match (list.ledgers.pop(), list.ledgers.is_empty()) {
        (None, _) => Err(Failure::failed(no_ledger(source))),
        (Some(only), true) => Ok(only.ledger),
        (Some(last), false) => {
            let all = list.ledgers.len() + 1;
            let names = list.ledgers.into_iter().chain([last]).map(|ledger| ledger.ledger);
            let mut named = names.take(NAMED_MAX).collect::<Vec<_>>().join(", ");
            if all > NAMED_MAX {
                named = format!("{named} and {} more (`okr-ledger ledgers` lists them)", all - NAMED_MAX);
            }
            Err(Failure::misused(format!("there are several ledgers, name one with --ledger: {named}")))
        }
    }
}
