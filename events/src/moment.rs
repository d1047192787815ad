//! Points in time, to the microsecond.

use std::fmt;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clip::clip;
use crate::fields::{Read, string};
use crate::json::Json;
use crate::place::At;
use crate::record::always;
use crate::text_value::from_text;
use crate::violation::Faults;

/// A moment in UTC, to the microsecond. JSON writes it in RFC 3339 with as many digits as needed; binary formats write
/// the microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// Returns the moment as a chrono value.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Returns the microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// Returns the moment `micros` microseconds after 1970-01-01T00:00:00Z, if chrono can represent it.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Moment)
    }

    /// Parses RFC 3339 with any offset. Accepts the years 1900 to 9999 only, so that no arithmetic on the result
    /// overflows.
    pub fn parse(text: &str) -> Result<Self, String> {
        let moment = DateTime::parse_from_rfc3339(text)
            .map_err(|_| format!("`{}` is not an RFC 3339 time: write it as 2026-05-04T09:00:00Z", clip(text)))?;
        let moment = Moment::from(moment.with_timezone(&Utc));
        let years = Moment::from_micros(-2_208_988_800_000_000)..=Moment::from_micros(253_402_300_799_999_999);
        if years.contains(&Some(moment)) {
            Ok(moment)
        } else {
            Err(format!("`{}` is outside the years 1900 to 9999", clip(text)))
        }
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(moment: DateTime<Utc>) -> Self {
        // A leap second becomes the first second of the next minute, so that moments compare as their microseconds do.
        Moment(DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or_else(|| moment.trunc_subsecs(6)))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { self.micros().serialize(serializer) }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            from_text(deserializer, Moment::parse)
        } else {
            Moment::from_micros(i64::deserialize(deserializer)?)
                .ok_or_else(|| Error::custom("the moment is out of range"))
        }
    }
}

impl Read for Moment {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = string(value, at, faults)?;
        Moment::parse(text).map_err(|wrong| faults.add(at, "not_a_time", wrong)).ok()
    }
}

always!(Moment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_every_offset_and_has_one_spelling() {
        let here = Moment::parse("2026-05-04T11:00:00+02:00").unwrap();
        assert_eq!(here, Moment::parse("2026-05-04T09:00:00Z").unwrap());
        assert_eq!(here.to_string(), "2026-05-04T09:00:00Z");
        assert_eq!(Moment::parse("2026-05-04T09:00:00.0000015Z").unwrap().to_string(), "2026-05-04T09:00:00.000001Z");
        let leap = Moment::parse("2016-12-31T23:59:60.5Z").unwrap();
        assert_eq!(leap, Moment::parse("2017-01-01T00:00:00.5Z").unwrap());
        assert_eq!(Some(leap), Moment::from_micros(leap.micros()));
        assert!(Moment::parse("2026-05-04").is_err());
        assert!(Moment::parse("0001-01-01T00:00:00Z").is_err());
    }
}
