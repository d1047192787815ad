//! The parameters of a history.

use chrono::NaiveDate;
use events::Moment;

use crate::calendar::{Quarter, moment};

/// The size, the seed and the start of a history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The number of people, 1 to 50,000. With more, the entry that starts a cycle would have to read more goals than
    /// is allowed.
    pub people: u32,
    /// The number of quarters, 1 to 400.
    pub quarters: u32,
    /// Organisations of the same size differ by their seeds.
    pub seed: u64,
    /// The history starts with the first quarter that begins on this day or later.
    pub starts_on: NaiveDate,
}

impl Plan {
    /// Checks the bounds of a plan; fails with the reason why it is invalid.
    pub fn new(people: u32, quarters: u32, seed: u64, starts_on: NaiveDate) -> Result<Plan, String> {
        if !(1..=50_000).contains(&people) {
            return Err(format!("an organisation has 1 to 50000 people, not {people}"));
        }
        if !(1..=400).contains(&quarters) {
            return Err(format!("a history has 1 to 400 quarters, not {quarters}"));
        }
        let years = NaiveDate::from_ymd_opt(1900, 6, 1)..=NaiveDate::from_ymd_opt(9000, 1, 1);
        if !years.contains(&Some(starts_on)) {
            return Err(format!("a history starts between 1900-06-01 and 9000-01-01, not on {starts_on}"));
        }
        Ok(Plan { people, quarters, seed, starts_on })
    }

    /// Returns the creation time of the ledger, before the first entry.
    pub fn made_at(&self) -> Moment {
        moment(self.quarter(0).planned_from(), 5 * 60)
    }

    /// Returns the latest possible time of the last entry.
    pub fn ends_at(&self) -> Moment {
        moment(self.quarter(self.quarters - 1).done_on(), 24 * 60 - 1)
    }

    /// Estimates the number of events, for progress bars.
    pub fn events_about(&self) -> u64 {
        // Three key results for each person, and 16.3 events for each in a quarter, including its share of the
        // objective's.
        let key_results = u64::from(self.people) * 3 + 15;
        key_results * u64::from(self.quarters) * 163 / 10
    }

    pub(crate) fn quarter(&self, n: u32) -> Quarter {
        Quarter::on_or_after(self.starts_on).plus(n)
    }
}
