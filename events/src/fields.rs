//! Reading submitted JSON into values, noting every fault on the way.

use std::collections::BTreeSet;

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Map, Value};

use crate::change::Patch;
use crate::violation::Faults;

/// A value that can be read from submitted JSON. `None` means that at least one fault was noted.
pub(crate) trait Read: Sized {
    fn read(value: &Value, at: &str, faults: &mut Faults) -> Option<Self>;
}

/// The fields of one JSON object. Every field that is asked for counts as known; [`Fields::close`] reports the others.
pub(crate) struct Fields<'a> {
    map: &'a Map<String, Value>,
    at: &'a str,
    known: BTreeSet<&'static str>,
}

impl<'a> Fields<'a> {
    /// Opens an object; anything else is a fault.
    pub(crate) fn open(value: &'a Value, at: &'a str, faults: &mut Faults) -> Option<Self> {
        match value {
            Value::Object(map) => Some(Fields { map, at, known: BTreeSet::new() }),
            other => {
                faults.add(at, "wrong_type", format!("must be a JSON object, not {}", name_of(other)));
                None
            }
        }
    }

    /// A field that must be there.
    pub(crate) fn need<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<T> {
        self.known.insert(name);
        match self.map.get(name) {
            None | Some(Value::Null) => {
                faults.add(self.pointer(name), "required", format!("`{name}` is required"));
                None
            }
            Some(value) => T::read(value, &self.pointer(name), faults),
        }
    }

    /// A field that may be absent (or null, which means the same). The outer `None` is a fault.
    pub(crate) fn may<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<Option<T>> {
        self.known.insert(name);
        match self.map.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(value) => T::read(value, &self.pointer(name), faults).map(Some),
        }
    }

    /// A list that may be absent, which means empty.
    pub(crate) fn list<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<Vec<T>> {
        self.may::<Vec<T>>(name, faults).map(Option::unwrap_or_default)
    }

    /// A field of a correction: absent keeps, null withdraws, a value replaces.
    pub(crate) fn patch<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<Patch<T>> {
        self.known.insert(name);
        match self.map.get(name) {
            None => Some(Patch::Keep),
            Some(Value::Null) => Some(Patch::Withdraw),
            Some(value) => T::read(value, &self.pointer(name), faults).map(Patch::Set),
        }
    }

    /// Reports every field nobody asked for.
    pub(crate) fn close(self, faults: &mut Faults) {
        for name in self.map.keys().filter(|name| !self.known.contains(name.as_str())) {
            let known: Vec<&str> = self.known.iter().copied().collect();
            let hint = if known.is_empty() {
                "no fields are taken here".into()
            } else {
                format!("known: {}", known.join(", "))
            };
            faults.add(self.pointer(name), "unknown_field", format!("`{name}` is not a field of this object ({hint})"));
        }
    }

    fn pointer(&self, name: &str) -> String {
        pointer(self.at, name)
    }
}

/// `at` with one more token, escaped as RFC 6901 asks.
pub(crate) fn pointer(at: &str, token: &str) -> String {
    // Made for every field that is read: almost none of them holds what must be escaped.
    let mut pointer = String::with_capacity(at.len() + 1 + token.len());
    pointer.push_str(at);
    pointer.push('/');
    match token.contains(['~', '/']) {
        true => pointer.push_str(&token.replace('~', "~0").replace('/', "~1")),
        false => pointer.push_str(token),
    }
    pointer
}

/// What a JSON value is, in words.
pub(crate) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The text of a JSON string; anything else is a fault.
pub(crate) fn string<'v>(value: &'v Value, at: &str, faults: &mut Faults) -> Option<&'v str> {
    match value {
        Value::String(text) => Some(text),
        other => {
            faults.add(at, "wrong_type", format!("must be a text, not {}", name_of(other)));
            None
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let Value::Array(items) = value else {
            faults.add(at, "wrong_type", format!("must be a list, not {}", name_of(value)));
            return None;
        };
        let read: Vec<Option<T>> =
            items.iter().enumerate().map(|(n, item)| T::read(item, &format!("{at}/{n}"), faults)).collect();
        read.into_iter().collect()
    }
}

impl Read for bool {
    fn read(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        value.as_bool().or_else(|| {
            faults.add(at, "wrong_type", format!("must be true or false, not {}", name_of(value)));
            None
        })
    }
}

impl Read for u32 {
    fn read(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        value.as_u64().and_then(|n| u32::try_from(n).ok()).or_else(|| {
            faults.add(at, "wrong_type", "must be a whole number, zero or more");
            None
        })
    }
}

impl Read for NaiveDate {
    fn read(value: &Value, at: &str, faults: &mut Faults) -> Option<Self> {
        let text = string(value, at, faults)?;
        // In this one shape: chrono would also take "+2026-4-01", which sorts wrongly as text.
        let is_plain = text.len() == 10
            && text.bytes().enumerate().all(|(n, c)| if n == 4 || n == 7 { c == b'-' } else { c.is_ascii_digit() });
        let Some(date) = is_plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten() else {
            faults.add(at, "not_a_date", format!("`{text}` is not a date: write it as 2026-04-01"));
            return None;
        };
        // As with moments: nobody's goals lie elsewhere, and no arithmetic on these overflows.
        if date.year() < 1900 {
            faults.add(at, "not_a_date", format!("`{text}` lies outside the years 1900 to 9999"));
            return None;
        }
        Some(date)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_one_spelling_and_a_year_that_people_plan_in() {
        let read = |text: &str| NaiveDate::read(&Value::from(text), "", &mut Faults::none());
        for good in ["2026-04-01", "1900-01-01", "9999-12-31", "2028-02-29"] {
            assert_eq!(read(good).map(|date| date.to_string()).as_deref(), Some(good));
        }
        for bad in ["+2026-4-01", "-999-01-01", "+12345-1-1", "1899-12-31", "2026-02-29", "2026-4-1", "2026/04/01", ""]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
