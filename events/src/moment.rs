//! Moments, to the microsecond.

use std::fmt;

use chrono::{DateTime, Datelike as _, NaiveDate, SecondsFormat, SubsecRound, Timelike as _, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fields::{Read, string};
use crate::json::Json;
use crate::place::At;
use crate::record::always;
use crate::said::from_text;
use crate::violation::Faults;

/// A moment in UTC, kept to the microsecond. In JSON it is RFC 3339 with as many digits as it needs; in binary formats
/// it is the microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// The moment as chrono has it.
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// The moment so many microseconds after 1970-01-01T00:00:00Z, if chrono can hold it.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Moment)
    }

    /// Reads RFC 3339, any offset. Years 1900 to 9999 only, so that no arithmetic on it overflows.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(moment) = plain(text) {
            return Ok(moment);
        }
        Moment::parse_any(text)
    }

    fn parse_any(text: &str) -> Result<Self, String> {
        let moment = DateTime::parse_from_rfc3339(text)
            .map_err(|_| format!("`{text}` is not an RFC 3339 time: write it as 2026-05-04T09:00:00Z"))?;
        let moment = Moment::from(moment.with_timezone(&Utc));
        let years = Moment::from_micros(-2_208_988_800_000_000)..=Moment::from_micros(253_402_300_799_999_999);
        if years.contains(&Some(moment)) {
            Ok(moment)
        } else {
            Err(format!("`{text}` lies outside the years 1900 to 9999"))
        }
    }
}

impl From<DateTime<Utc>> for Moment {
    fn from(moment: DateTime<Utc>) -> Self {
        // A leap second is the first of the next minute, so that moments compare as their microseconds do.
        Moment(DateTime::from_timestamp_micros(moment.timestamp_micros()).unwrap_or_else(|| moment.trunc_subsecs(6)))
    }
}

/// Reads the spelling that nearly every moment has, `2026-05-04T09:00:00Z` or with the digits of a second, in the years
/// that are taken. What it does not read may still be one.
fn plain(text: &str) -> Option<Moment> {
    let (whole, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', i1, i2, b':', s1, s2] = *whole else {
        return None;
    };
    let two = |tens: u8, ones: u8| Some(digit(tens)? * 10 + digit(ones)?);
    let (year, month, day) = (two(y1, y2)? * 100 + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?);
    let micros = match rest {
        [b'Z'] => 0,
        [b'.', fraction @ .., b'Z'] if (1..=9).contains(&fraction.len()) => {
            let mut micros = 0;
            for n in 0..9 {
                let digit = fraction.get(n).map_or(Some(0), |byte| digit(*byte))?;
                micros = if n < 6 { micros * 10 + digit } else { micros };
            }
            micros
        }
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok().filter(|year| *year >= 1900)?, month, day)?;
    Some(Moment(date.and_hms_micro_opt(two(h1, h2)?, two(i1, i2)?, two(s1, s2)?, micros)?.and_utc()))
}

fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// A moment's one spelling, where its year has four digits and it is of whole microseconds.
struct Spelling([u8; 27], usize);

impl Spelling {
    fn of(moment: Moment) -> Option<Self> {
        let (date, time) = (moment.0.date_naive(), moment.0.time());
        let (year, nanos) = (u32::try_from(date.year()).ok().filter(|year| *year <= 9999)?, time.nanosecond());
        let (micros, is_whole) = (nanos / 1_000, nanos % 1_000 == 0);
        if !is_whole || micros >= 1_000_000 {
            return None;
        }
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        put(&mut text[..4], year);
        put(&mut text[5..7], date.month());
        put(&mut text[8..10], date.day());
        put(&mut text[11..13], time.hour());
        put(&mut text[14..16], time.minute());
        put(&mut text[17..19], time.second());
        put(&mut text[20..26], micros);
        let end = match micros {
            0 => 19,
            _ if micros.is_multiple_of(1_000) => 23,
            _ => 26,
        };
        text[end] = b'Z';
        Some(Spelling(text, end + 1))
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0[..self.1]).unwrap_or_default()
    }
}

/// Writes a number with as many digits as there is room for.
fn put(room: &mut [u8], mut number: u32) {
    for place in room.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Spelling::of(*self) {
            Some(spelling) => f.write_str(spelling.as_str()),
            None => f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
        }
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (serializer.is_human_readable(), Spelling::of(*self)) {
            (false, _) => self.micros().serialize(serializer),
            (true, Some(spelling)) => serializer.serialize_str(spelling.as_str()),
            (true, None) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            from_text(deserializer, Moment::parse)
        } else {
            Moment::from_micros(i64::deserialize(deserializer)?).ok_or_else(|| Error::custom("a moment out of range"))
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
    use proptest::prelude::*;

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

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_plain_spelling_is_read_as_any_other(
            text in "[12][0-9]{3}-[01][0-9]-[0-3][0-9][Tt][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,10})?(Z|z|\\+00:00)",
            place in any::<prop::sample::Index>(),
            put in "[0-9:.TZ+ -]?",
        ) {
            prop_assert_eq!(Moment::parse(&text), Moment::parse_any(&text), "{}", text);
            let mut changed = text;
            let place = place.index(changed.len());
            changed.replace_range(place..=place, &put);
            prop_assert_eq!(Moment::parse(&changed), Moment::parse_any(&changed), "{}", changed);
        }

        #[test]
        fn a_moment_is_written_as_chrono_writes_it(
            micros in -70_000_000_000_000_000..260_000_000_000_000_000_i64,
            unit in prop::sample::select(vec![1, 1_000, 1_000_000, 86_400_000_000]),
        ) {
            let moment = Moment::from_micros(micros / unit * unit).unwrap();
            prop_assert_eq!(moment.to_string(), moment.0.to_rfc3339_opts(SecondsFormat::AutoSi, true));
            prop_assert_eq!(serde_json::to_string(&moment).unwrap(), format!("\"{moment}\""));
        }
    }
}
