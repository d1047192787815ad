//! What is asked for.

use chrono::NaiveDate;
use events::Moment;

use crate::calendar::{Quarter, moment};

/// What history to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How many people the organisation has, 1 to 50,000: of more, a cycle would have more goals than an entry that starts
    /// it may read.
    pub people: u32,
    /// How many quarters it keeps, 1 to 400.
    pub quarters: u32,
    /// What makes two organisations of the same size differ.
    pub seed: u64,
    /// The first quarter is the first that begins on this day or later.
    pub starts_on: NaiveDate,
}

impl Plan {
    /// A plan within bounds, or what is wrong with it.
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

    /// When the ledger was made: before anything is recorded.
    pub fn made_at(&self) -> Moment {
        moment(self.quarter(0).planned_from(), 5 * 60)
    }

    /// When the last entry is recorded at the latest.
    pub fn ends_at(&self) -> Moment {
        moment(self.quarter(self.quarters - 1).done_on(), 24 * 60 - 1)
    }

    /// About how many events it comes to: for progress bars.
    pub fn events_about(&self) -> u64 {
        // Three standing key results a person, and what is recorded of each in a quarter, its objective's part included.
        let key_results = u64::from(self.people) * 3 + 15;
        key_results * u64::from(self.quarters) * 163 / 10
    }

    pub(crate) fn quarter(&self, n: u32) -> Quarter {
        Quarter::on_or_after(self.starts_on).plus(n)
    }
}
