//! Calendar days of a cycle, in the cycle's time zone.

use chrono::{Days, NaiveDate, NaiveTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use events::{Moment, Number, TimeZone};
use rust_decimal::Decimal;

use crate::rows::CycleRow;

/// Returns the calendar day of a moment in a time zone.
pub fn day_of(moment: Moment, zone: TimeZone) -> NaiveDate {
    let utc = moment.utc().naive_utc();
    // At the very ends of chrono's calendar there may be no local time; no submission's time comes near them.
    utc.checked_add_offset(zone.tz().offset_from_utc_datetime(&utc).fix()).unwrap_or(utc).date()
}

/// Returns the first moment of a day.
pub fn start_of(day: NaiveDate, zone: TimeZone) -> Moment {
    let midnight = day.and_time(NaiveTime::MIN);
    // If clocks go forward over midnight, the day begins at the first local time that exists. No zone has ever
    // skipped more than a day; if one did, the day would begin at midnight UTC.
    let first = (0..=24 * 4)
        .filter_map(|quarter| midnight.checked_add_signed(TimeDelta::minutes(15 * quarter)))
        .find_map(|local| zone.tz().from_local_datetime(&local).earliest())
        .map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc));
    Moment::from(first)
}

/// Returns the last moment of a day: one microsecond before the next day begins.
pub fn end_of(day: NaiveDate, zone: TimeZone) -> Moment {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let next = start_of(next, zone);
    Moment::from_micros(next.micros().saturating_sub(1)).unwrap_or(next)
}

/// Returns the moment one microsecond earlier.
pub fn before(moment: Moment) -> Moment {
    Moment::from_micros(moment.micros().saturating_sub(1)).unwrap_or(moment)
}

/// Returns the elapsed share of a cycle, 0 to 1, from the first moment of its first day to the end of its last day. The
/// rules reject a cycle that ends before it starts, but an imported copy may contain one; the elapsed share of such a
/// cycle is always 0.
pub fn elapsed(cycle: &CycleRow, at: Moment) -> Number {
    let start = start_of(cycle.starts_on, cycle.time_zone).micros();
    let end = end_of(cycle.ends_on, cycle.time_zone).micros().saturating_add(1);
    let whole = end.saturating_sub(start).max(0);
    let gone = at.micros().saturating_sub(start).clamp(0, whole);
    Decimal::from(gone).checked_div(Decimal::from(whole)).map_or(Number::ZERO, Number::from)
}

/// Returns the days left in a cycle, not counting the moment's own day; negative after the cycle's end.
pub fn days_left(cycle: &CycleRow, at: Moment) -> i64 {
    cycle.ends_on.signed_duration_since(day_of(at, cycle.time_zone)).num_days()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::try_from(name.to_owned()).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_quarter_west_of_greenwich_does_not_end_a_day_early() {
        let los_angeles = zone("America/Los_Angeles");
        assert_eq!(end_of(day("2026-06-30"), los_angeles).to_string(), "2026-07-01T06:59:59.999999Z");
        let evening = Moment::parse("2026-06-30T23:30:00-07:00").unwrap();
        assert_eq!(day_of(evening, los_angeles), day("2026-06-30"));
        assert_eq!(day_of(evening, TimeZone::UTC), day("2026-07-01"));
    }

    #[test]
    fn a_day_without_a_midnight_begins_when_its_clocks_do() {
        // Cairo puts its clocks forward at midnight: 2026-04-24 begins at 01:00 local time.
        assert_eq!(start_of(day("2026-04-24"), zone("Africa/Cairo")).to_string(), "2026-04-23T22:00:00Z");
        assert_eq!(end_of(day("2026-04-23"), zone("Africa/Cairo")).to_string(), "2026-04-23T21:59:59.999999Z");
    }
}
