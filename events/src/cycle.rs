//! Teams, cycles and their themes.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clip::clip;
use crate::fields::{Read, string};
use crate::id::SubjectId;
use crate::json::Json;
use crate::limits::{NAME, TEXT, small};
use crate::metric::words;
use crate::place::At;
use crate::record::{always, record};
use crate::schema::plain;
use crate::text::Text;
use crate::violation::Faults;

record! {
    /// `okr.team.formed`
    pub struct TeamFormed {
        /// At most 500 characters.
        need name: Text [NAME],
        /// The parent team; absent at the top level.
        may parent: SubjectId,
    }
}

record! {
    /// `okr.team.changed`: the complete new state of the team; without a parent it moves to the top level.
    pub struct TeamChanged {
        /// At most 500 characters.
        need name: Text [NAME],
        /// The parent team; absent at the top level.
        may parent: SubjectId,
    }
}

record! {
    /// `okr.team.dissolved`
    pub struct TeamDissolved {}
}

words!(
    /// The intended length of a cycle.
    CycleKind {
        /// Three months.
        Quarter = "quarter",
        /// Twelve months.
        Year = "year",
        /// Any other length.
        Custom = "custom",
    }
);

/// A time zone by its IANA name, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: TimeZone = TimeZone(chrono_tz::UTC);

    /// Returns the zone as a chrono-tz value.
    pub fn tz(self) -> chrono_tz::Tz {
        self.0
    }
}

impl TryFrom<String> for TimeZone {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        name.parse()
            .map(TimeZone)
            .map_err(|_| format!("`{}` is not an IANA time zone: write it as Europe/Berlin or UTC", clip(&name)))
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.0.name().into()
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}

impl Read for TimeZone {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let name = string(value, at, faults)?.to_owned();
        TimeZone::try_from(name).map_err(|wrong| faults.add(at, "unknown_time_zone", wrong)).ok()
    }
}

always!(TimeZone);
small!(TimeZone);
plain!(TimeZone => json!({"type": "string", "description": "An IANA time zone, such as `Europe/Berlin`."}));

/// A cycle has fewer days than this: its tables and replays have a row for each week or day.
const DAYS_MAX: i64 = 3_652;

record! {
    /// `okr.cycle.opened`
    pub struct CycleOpened {
        /// The cycle's title, such as `2026 Q2`.
        need title: Text [NAME],
        /// The intended length; not checked against the dates.
        need kind: CycleKind,
        /// The first day, in the cycle's time zone.
        need starts_on: chrono::NaiveDate,
        /// The last day, in the cycle's time zone; the cycle includes all of it.
        need ends_on: chrono::NaiveDate,
        /// The zone in which the cycle's days begin and end.
        need time_zone: TimeZone,
        /// The longer cycle that contains this one, such as a quarter's year.
        may parent: SubjectId,
    }
    check(this, at, faults) {
        if this.ends_on < this.starts_on {
            let says = format!("the cycle ends on {}, before it starts on {}", this.ends_on, this.starts_on);
            faults.add(at.field("ends_on"), "ends_before_start", says);
        }
        if this.ends_on.signed_duration_since(this.starts_on).num_days() >= DAYS_MAX {
            let (first, last) = (this.starts_on, this.ends_on);
            let says = format!("a cycle must be shorter than ten years; this one runs from {first} to {last}");
            faults.add(at.field("ends_on"), "too_long", says);
        }
    }
}

record! {
    /// `okr.cycle.started`: from now on, a change to a goal is an adjustment and must be justified.
    pub struct CycleStarted {}
}

record! {
    /// `okr.cycle.closed`
    pub struct CycleClosed {
        /// A comment on the closing.
        may note: Text [TEXT],
    }
}

record! {
    /// `okr.cycle.reopened`
    pub struct CycleReopened {
        /// The reason for the reopening.
        need reason: Text [TEXT],
    }
}

record! {
    /// The single measure that a theme serves.
    pub struct NorthStar {
        /// At most 500 characters.
        need name: Text [NAME],
        /// At most 500 characters, such as `customers`.
        need unit: Text [NAME],
    }
}

record! {
    /// `okr.theme.declared`: the cycle's bet on a lever of the north star.
    pub struct ThemeDeclared {
        /// The cycle's id or ref.
        need cycle: SubjectId,
        /// At most 500 characters.
        need title: Text [NAME],
        /// The measure that the theme serves.
        may north_star: NorthStar,
        /// The factor that is meant to move the north star.
        may lever: Text [TEXT],
    }
}
