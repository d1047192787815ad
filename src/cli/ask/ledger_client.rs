//! Defaults of a question: the only ledger, and the cycle under way.

use std::cell::OnceCell;

use chrono::NaiveDate;
use events::{Ref, RefKind, SubjectId, TimeZone};
use projections::rows::CycleState;
use serde::{Deserialize, Serialize};

use super::read;
use crate::cli::failure::Failure;
use crate::cli::source::{Problem, Source, Target};
use crate::ledger::LedgerInfo;

/// A source bound to one ledger and one `as_of`.
pub(crate) struct LedgerClient<'a> {
    source: &'a Source,
    ledger: String,
    as_of: Option<String>,
    cycle: OnceCell<String>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LedgerList {
    pub(super) ledgers: Vec<LedgerInfo>,
}

impl LedgerList {
    /// Reads all pages.
    pub(super) fn read_whole(source: &Source) -> Result<LedgerList, Failure> {
        let first = Target::of(["ledgers"]).with("limit", Some(PAGE));
        let mut whole = LedgerList { ledgers: Vec::new() };
        let mut next = Some(first.clone());
        while let Some(target) = next {
            let answer = source.ask(&target)?;
            if !answer.status.is_success() {
                return Err(Problem::of(&answer).failure());
            }
            whole.ledgers.extend(read::<LedgerList>(&answer.body)?.ledgers);
            next = answer.next_after().map(|after| first.clone().with("after", Some(after)));
        }
        Ok(whole)
    }
}

/// Ledgers per request.
const PAGE: usize = 1_000;

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

/// Facts about a cycle that answers about it leave out.
#[derive(Deserialize)]
pub(crate) struct CycleFacts {
    pub(crate) state: CycleState,
    pub(crate) time_zone: TimeZone,
}

/// The cycle of an objective or a key result.
#[derive(Deserialize)]
struct GoalFacts {
    cycle: SubjectId,
}

impl<'a> LedgerClient<'a> {
    pub(crate) fn new(
        source: &'a Source,
        ledger: Option<String>,
        as_of: Option<String>,
    ) -> Result<LedgerClient<'a>, Failure> {
        let ledger = match ledger {
            Some(ledger) => ledger,
            None => only_ledger(source)?,
        };
        Ok(LedgerClient { source, ledger, as_of, cycle: OnceCell::new() })
    }

    pub(crate) fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// Returns a target in the ledger.
    pub(crate) fn target<'b>(&'b self, segments: impl IntoIterator<Item = &'b str>) -> Target {
        Target::of(["ledgers", self.ledger.as_str()].into_iter().chain(segments))
    }

    /// Returns a target in the named cycle, else in the default cycle.
    pub(crate) fn cycle_target<'b>(
        &'b self,
        named: Option<&'b str>,
        segments: impl IntoIterator<Item = &'b str>,
    ) -> Result<Target, Failure> {
        let cycle = match named {
            Some(cycle) => cycle,
            None => self.default_cycle()?,
        };
        Ok(self.target(["cycles", cycle].into_iter().chain(segments)))
    }

    /// Fetches a target as of the same moment.
    pub(crate) fn get(&self, target: &Target) -> Result<Vec<u8>, Failure> {
        self.source.get(&target.clone().with("as_of", self.as_of()))
    }

    pub(crate) fn cycle_facts(&self, cycle: &SubjectId) -> Result<CycleFacts, Failure> {
        read(&self.get(&self.target(["cycles", cycle.as_str()]))?)
    }

    /// Returns the time zone in which dates of a cycle, an objective or a key result are shown.
    pub(crate) fn zone_of(&self, subject: &SubjectId, given: Option<Ref>) -> Result<TimeZone, Failure> {
        let noun = match given.map(|given| given.kind) {
            None => return Ok(self.cycle_facts(subject)?.time_zone),
            Some(RefKind::Objective) => "objectives",
            Some(RefKind::KeyResult) => "key-results",
        };
        let goal: GoalFacts = read(&self.get(&self.target([noun, subject.as_str()]))?)?;
        Ok(self.cycle_facts(&goal.cycle)?.time_zone)
    }

    /// Returns the default cycle: the one under way, and of several the one that began last, which is the quarter
    /// rather than its year. If none is under way, the one that begins last.
    fn default_cycle(&self) -> Result<&str, Failure> {
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

/// Returns the message for a source without ledgers. It names the source, which may be the wrong one.
pub(super) fn no_ledger(source: &Source) -> String {
    let flag = source.flag();
    format!(
        "{source} has no ledgers yet: create one with `okr-ledger append FILE --create --ledger NAME {flag}`, or \
         choose another data folder with --data or another server with --url"
    )
}

/// Ledgers named in a message, at most.
const NAMED_MAX: usize = 10;

/// Returns the only ledger of a source, or fails if there are none or several.
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
            Err(Failure::misused(format!("there are several ledgers; choose one with --ledger: {named}")))
        }
    }
}
