//! Generated values, valid by construction.

use events::{Confidence, EventId, Number, Score, SubjectId, Text, TimeZone, Weight};
use rust_decimal::Decimal;

pub(crate) fn text(text: impl AsRef<str>) -> Text {
    sure(Text::new(text))
}

pub(crate) fn id(id: impl AsRef<str>) -> SubjectId {
    sure(SubjectId::new(id))
}

pub(crate) fn event_id(id: String) -> EventId {
    sure(EventId::new(id))
}

/// Returns `value` with `places` of its digits after the decimal point.
pub(crate) fn number(value: i64, places: u32) -> Number {
    Number::from(Decimal::new(value, places).normalize())
}

pub(crate) fn confidence(whole: i64) -> Confidence {
    sure(Confidence::new(number(whole.clamp(0, 10), 0)))
}

pub(crate) fn score(tenths: i64) -> Score {
    sure(Score::new(number(tenths.clamp(0, 10), 1)))
}

pub(crate) fn weight(whole: i64) -> Weight {
    sure(Weight::new(number(whole.clamp(1, 1_000), 0)))
}

pub(crate) fn berlin() -> TimeZone {
    sure(TimeZone::try_from("Europe/Berlin".to_owned()))
}

#[expect(clippy::expect_used, reason = "generated values are within their bounds; a test generates all of them")]
pub(crate) fn sure<T>(made: Result<T, String>) -> T {
    made.expect("a generated value is within its bounds")
}
