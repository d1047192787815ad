//! The point in time of a question: a seq, an RFC 3339 time, or a date.

use chrono::NaiveDate;
use events::{Moment, TimeZone, clip};
use projections::calendar::{day_of, end_of};

use super::Error;

/// The value of `as_of=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOfAsk {
    /// The state when this event was recorded.
    Seq(u64),
    /// The state at this moment.
    Moment(Moment),
    /// The state at the end of this day, in the cycle's time zone if the question names a cycle, else in UTC.
    Day(NaiveDate),
}

impl AsOfAsk {
    /// Reads the value of the parameter `name`.
    pub fn parse(name: &str, text: &str) -> Result<AsOfAsk, Error> {
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let seq = text.parse().map_err(|_| unreadable(name, text))?;
            return Ok(AsOfAsk::Seq(seq));
        }
        if let Some(day) = parse_day(text) {
            return Ok(AsOfAsk::Day(day));
        }
        // An unescaped plus sign arrives as a blank.
        Moment::parse(&text.replace(' ', "+")).map(AsOfAsk::Moment).map_err(|_| unreadable(name, text))
    }

    /// Returns the moment to ask about; for a seq, now. Days end in `zone`. Refuses a future moment, but not today.
    pub(super) fn moment(self, name: &str, now: Moment, zone: TimeZone) -> Result<Moment, Error> {
        let future = |text: String| {
            let says = format!("{text} is in the future: omit `{name}` to ask about now");
            Error::invalid(&format!("?{name}"), "in_the_future", says)
        };
        match self {
            AsOfAsk::Seq(_) => Ok(now),
            AsOfAsk::Moment(moment) if moment > now => Err(future(moment.to_string())),
            AsOfAsk::Moment(moment) => Ok(moment),
            AsOfAsk::Day(day) if day > day_of(now, zone) => Err(future(day.to_string())),
            AsOfAsk::Day(day) => Ok(end_of(day, zone).min(now)),
        }
    }
}

pub(crate) fn parse_day(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}

fn unreadable(name: &str, text: &str) -> Error {
    let says =
        format!("`{}` is not a seq (412), a date (2026-05-05) or an RFC 3339 time (2026-05-05T09:00:00Z)", clip(text));
    Error::invalid(&format!("?{name}"), "unreadable", says)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seq_a_date_and_a_time_are_told_apart() {
        let parse = |text| AsOfAsk::parse("as_of", text).ok();
        assert_eq!(parse("412"), Some(AsOfAsk::Seq(412)));
        assert_eq!(parse("2026-05-05"), parse_day("2026-05-05").map(AsOfAsk::Day));
        assert_eq!(parse("2026-05-05T09:00:00 02:00"), Moment::parse("2026-05-05T07:00:00Z").ok().map(AsOfAsk::Moment));
        for bad in ["", "yesterday", "2026-5-5", "99999999999999999999", "-1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn today_can_be_asked_for_and_tomorrow_cannot() {
        let now = Moment::parse("2026-06-30T23:00:00Z").unwrap();
        let west = TimeZone::try_from("America/Los_Angeles".to_owned()).unwrap();
        let east = TimeZone::try_from("Asia/Tokyo".to_owned()).unwrap();
        let day = |text, zone| AsOfAsk::Day(parse_day(text).unwrap()).moment("as_of", now, zone).ok();
        assert_eq!(day("2026-06-30", west), Some(now));
        assert_eq!(day("2026-07-01", east), Some(now));
        assert_eq!(day("2026-07-01", west), None);
        assert_eq!(day("2026-06-29", west).unwrap().to_string(), "2026-06-30T06:59:59.999999Z");
    }
}
