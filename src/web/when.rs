//! Formats of dates and times on pages.

use chrono::NaiveDate;
use events::{Moment, TimeZone};
use projections::calendar::day_of;

/// `Tue 5 May 2026`
pub(super) fn day(day: NaiveDate) -> String {
    day.format("%a %-d %b %Y").to_string()
}

/// `5 May`
pub(super) fn short(day: NaiveDate) -> String {
    day.format("%-d %b").to_string()
}

/// `5 May 2026`
pub(super) fn plain(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// `5 May 2026, 07:06 UTC`
pub(super) fn minute(moment: Moment) -> String {
    moment.utc().format("%-d %b %Y, %H:%M UTC").to_string()
}

/// Returns the day of a moment in a time zone: `5 May 2026`.
pub(super) fn day_in(moment: Moment, zone: TimeZone) -> String {
    plain(day_of(moment, zone))
}

/// Escapes a value for an address.
pub(super) fn escaped(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Returns an address with these parameters; those without a value are left out.
pub(super) fn address(path: &str, params: &[(&str, Option<&str>)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in params {
        query.extend_pairs(value.iter().map(|value| (name, value)));
    }
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}
