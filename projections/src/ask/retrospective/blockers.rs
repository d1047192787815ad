//! Blockers and their duration.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::{Moment, Ref, SubjectId, Text, TimeZone};
use serde::{Deserialize, Serialize};

use crate::ask::words;
use crate::calendar::day_of;
use crate::rows::{CheckIn, CycleRow, KeyResult};

/// A blocker of a key result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerStood {
    /// The key result's id.
    pub key_result: SubjectId,
    /// Short reference such as `KR-12`.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// The text in the check-ins.
    pub blocker: Text,
    /// The day of the first check-in that names it.
    pub from: NaiveDate,
    /// The day of the first later check-in that does not name it; null while it persists.
    pub to: Option<NaiveDate>,
    /// Duration in days; for a blocker that persists, up to the end of the cycle or the query's day.
    pub days: i64,
    /// The blocker and its duration as a sentence.
    pub says: String,
}

/// Collects the blockers of a cycle from the check-ins of one objective at a time. A check-in without blockers clears
/// them all.
pub(super) struct Blockers {
    zone: TimeZone,
    today: NaiveDate,
    found: Vec<BlockerStood>,
}

impl Blockers {
    pub(super) fn of(cycle: &CycleRow, at: Moment) -> Self {
        let today = day_of(at, cycle.time_zone).min(cycle.ends_on);
        Blockers { zone: cycle.time_zone, today, found: Vec::new() }
    }

    /// Adds the blockers of an objective. Objectives must be passed in the order of refs.
    pub(super) fn objective(&mut self, key_results: &[KeyResult], check_ins: &BTreeMap<(u32, u32), Vec<CheckIn>>) {
        for row in key_results {
            self.key_result(row, check_ins.get(&(row.objective_no, row.no)).map(Vec::as_slice).unwrap_or_default());
        }
    }

    fn key_result(&mut self, row: &KeyResult, check_ins: &[CheckIn]) {
        let mut standing: Vec<(&Text, NaiveDate)> = Vec::new();
        for check_in in check_ins {
            let day = day_of(check_in.at.time, self.zone);
            let said = &check_in.says.blockers;
            let gone = standing.iter().filter(|(blocker, _)| !said.contains(blocker));
            self.found.extend(gone.map(|(blocker, from)| stood(row, blocker, *from, Some(day), day)));
            standing.retain(|(blocker, _)| said.contains(blocker));
            for blocker in said {
                if standing.iter().all(|(known, _)| *known != blocker) {
                    standing.push((blocker, day));
                }
            }
        }
        let retired = row.retired.as_ref().map(|retired| day_of(retired.at.time, self.zone));
        let until = retired.unwrap_or(self.today);
        self.found.extend(standing.into_iter().map(|(blocker, from)| stood(row, blocker, from, retired, until)));
    }

    /// Returns all blockers, longest first; ties keep the order of refs.
    pub(super) fn all(mut self) -> Vec<BlockerStood> {
        self.found.sort_by_key(|one| std::cmp::Reverse(one.days));
        self.found
    }
}

fn stood(row: &KeyResult, blocker: &Text, from: NaiveDate, to: Option<NaiveDate>, until: NaiveDate) -> BlockerStood {
    let days = until.signed_duration_since(from).num_days().max(0);
    let (given, span) = (row.given(), words::count(days, "day"));
    let says = match to {
        Some(to) => format!("{given} “{}”: “{blocker}” lasted {span}, from {from} to {to}.", row.title),
        None => format!("{given} “{}”: “{blocker}” has lasted {span}, since {from}.", row.title),
    };
    BlockerStood { key_result: row.id.clone(), given, blocker: blocker.clone(), from, to, days, says }
}
