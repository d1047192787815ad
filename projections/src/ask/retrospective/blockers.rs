//! What was in the way, and for how long.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::{Moment, Ref, SubjectId, Text, TimeZone};
use serde::{Deserialize, Serialize};

use crate::ask::words;
use crate::calendar::day_of;
use crate::rows::{CheckIn, CycleRow, KeyResult};

/// Something that was in a key result's way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockerStood {
    /// The key result.
    pub key_result: SubjectId,
    /// Its ref.
    #[serde(rename = "ref")]
    pub given: Ref,
    /// What it was, as the check-ins have it.
    pub blocker: Text,
    /// The day of the check-in that said so first.
    pub from: NaiveDate,
    /// The day of the first check-in after that which no longer said so; null while it stands.
    pub to: Option<NaiveDate>,
    /// How many days it stood; to the end of the cycle, or to the day asked at, where it still does.
    pub days: i64,
    /// It in a sentence.
    pub says: String,
}

/// The blockers of a cycle, of which each objective's check-ins are handed over once. A check-in without blockers says there
/// are none.
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

    /// Those of an objective, in the order of refs.
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

    /// All of them: what stood longest first, of two alike in the order of refs.
    pub(super) fn all(mut self) -> Vec<BlockerStood> {
        self.found.sort_by_key(|one| std::cmp::Reverse(one.days));
        self.found
    }
}

fn stood(row: &KeyResult, blocker: &Text, from: NaiveDate, to: Option<NaiveDate>, until: NaiveDate) -> BlockerStood {
    let days = until.signed_duration_since(from).num_days().max(0);
    let (given, span) = (row.given(), words::count(days, "day"));
    let says = match to {
        Some(to) => format!("{given} “{}”: “{blocker}” stood for {span}, from {from} to {to}.", row.title),
        None => format!("{given} “{}”: “{blocker}” stands since {from}, for {span}.", row.title),
    };
    BlockerStood { key_result: row.id.clone(), given, blocker: blocker.clone(), from, to, days, says }
}
