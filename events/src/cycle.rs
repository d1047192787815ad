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
        /// The team's name.
        need name: Text [NAME],
        /// The team it is part of.
        may parent: SubjectId,
    }
}

record! {
    /// `okr.team.changed`: the team as it is from now on; without a parent it stands at the top.
    pub struct TeamChanged {
        /// The team's name.
        need name: Text [NAME],
        /// The team it is part of.
        may parent: SubjectId,
    }
}

record! {
    /// `okr.team.dissolved`
    pub struct TeamDissolved {}
}

words!(
    /// How long a cycle is meant to be.
    CycleKind {
        /// Three months.
        Quarter = "quarter",
        /// Twelve months.
        Year = "year",
        /// Anything else.
        Custom = "custom",
    }
);

/// A time zone by its IANA name, such as `Europe/Berlin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Universal time.
    pub const UTC: TimeZone = TimeZone(chrono_tz::UTC);

    /// The zone as chrono-tz has it.
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

/// A cycle is shorter than this. Its tables and replays have a row for each of its weeks or days.
const DAYS_MAX: i64 = 3_652;

record! {
    /// `okr.cycle.opened`
    pub struct CycleOpened {
        /// The cycle's title, such as `2026 Q2`.
        need title: Text [NAME],
        /// How long it is meant to be.
        need kind: CycleKind,
        /// Its first day, in its time zone.
        need starts_on: chrono::NaiveDate,
        /// Its last day, in its time zone; it belongs to the cycle wholly.
        need ends_on: chrono::NaiveDate,
        /// Where its days begin and end.
        need time_zone: TimeZone,
        /// The longer cycle it is part of: a quarter's year.
        may parent: SubjectId,
    }
    check(this, at, faults) {
        if this.ends_on < this.starts_on {
            let says = format!("the cycle ends on {}, before it starts on {}", this.ends_on, this.starts_on);
            faults.add(at.field("ends_on"), "ends_before_start", says);
        }
        if this.ends_on.signed_duration_since(this.starts_on).num_days() >= DAYS_MAX {
            let says = format!("the cycle lasts ten years or more, {} to {}", this.starts_on, this.ends_on);
            faults.add(at.field("ends_on"), "too_long", says);
        }
    }
}

record! {
    /// `okr.cycle.started`: from here on a change to a goal is an adjustment and must be justified.
    pub struct CycleStarted {}
}

record! {
    /// `okr.cycle.closed`
    pub struct CycleClosed {
        /// What was said at the closing.
        may note: Text [TEXT],
    }
}

record! {
    /// `okr.cycle.reopened`
    pub struct CycleReopened {
        /// Why a closed cycle is opened again.
        need reason: Text [TEXT],
    }
}

record! {
    /// The one measure a theme serves.
    pub struct NorthStar {
        /// Its name.
        need name: Text [NAME],
        /// Its unit.
        need unit: Text [NAME],
    }
}

record! {
    /// `okr.theme.declared`: a bet of the cycle on a lever of the north star.
    pub struct ThemeDeclared {
        /// The cycle it is declared for.
        need cycle: SubjectId,
        /// Its title.
        need title: Text [NAME],
        /// The measure it serves.
        may north_star: NorthStar,
        /// What it pulls on.
        may lever: Text [TEXT],
    }
}
