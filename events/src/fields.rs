//! Reading of submitted JSON into typed values, reporting every fault.

use std::borrow::Cow;

use chrono::{Datelike as _, NaiveDate};

use crate::clip::{clip, list_names};
use crate::json::{Json, Object};
use crate::place::At;
use crate::violation::Faults;

/// A value that can be read from submitted JSON. `None` means that at least one fault was reported.
pub(crate) trait Read: Sized {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self>;
}

/// The fields of one JSON object. Every requested field counts as known; [`Fields::close`] reports the others.
pub(crate) struct Fields<'a> {
    object: &'a Object<'a>,
    at: At<'a>,
    known: KnownNames,
    /// The number of requested fields that are present. Each is requested once.
    found: usize,
    /// The index after the last field found, tried first: most clients send fields in the documented order.
    next: usize,
}

/// The requested names. The first 16 are stored without allocating.
struct KnownNames {
    first: [&'static str; 16],
    count: usize,
    more: Vec<&'static str>,
}

impl KnownNames {
    fn add(&mut self, name: &'static str) {
        match self.first.get_mut(self.count) {
            Some(free) => *free = name,
            None => self.more.push(name),
        }
        self.count += 1;
    }

    fn sorted(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.first.iter().take(self.count).chain(&self.more).copied().collect();
        names.sort_unstable();
        names
    }
}

impl<'a> Fields<'a> {
    /// Opens an object; reports any other value as a fault.
    pub(crate) fn open(value: &'a Json<'a>, at: At<'a>, faults: &mut Faults) -> Option<Self> {
        match value {
            Json::Object(object) => {
                let known = KnownNames { first: [""; 16], count: 0, more: Vec::new() };
                Some(Fields { object, at, known, found: 0, next: 0 })
            }
            other => {
                faults.add(at, "wrong_type", format_args!("must be a JSON object, not {}", other.name()));
                None
            }
        }
    }

    /// Reads a required field.
    pub(crate) fn need<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<T> {
        match self.take(name) {
            None | Some(Json::Null) => {
                faults.add(self.at.field(name), "required", format_args!("`{name}` is required"));
                None
            }
            Some(value) => T::read(value, self.at.field(name), faults),
        }
    }

    /// Skips a field that the ledger adds when it records the event: it is unknown in a submission.
    pub(crate) fn stamp<T>(&mut self, _name: &'static str, _faults: &mut Faults) -> Option<Option<T>> {
        Some(None)
    }

    /// Reads an optional field that defaults to its type's default. `None` is a fault.
    pub(crate) fn or_default<T: Read + Default>(&mut self, name: &'static str, faults: &mut Faults) -> Option<T> {
        self.may(name, faults).map(Option::unwrap_or_default)
    }

    /// Reads an optional field; null means absent. The outer `None` is a fault.
    pub(crate) fn may<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<Option<T>> {
        match self.take(name) {
            None | Some(Json::Null) => Some(None),
            Some(value) => T::read(value, self.at.field(name), faults).map(Some),
        }
    }

    /// Reads an optional list; absent means empty.
    pub(crate) fn list<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<Vec<T>> {
        self.may::<Vec<T>>(name, faults).map(Option::unwrap_or_default)
    }

    /// Returns the place of a field.
    pub(crate) fn at(&self, name: &'static str) -> At<'_> {
        self.at.field(name)
    }

    /// Returns true if a field is present, even as null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some()
    }

    /// Reports every field that was not requested.
    pub(crate) fn close(self, faults: &mut Faults) {
        if self.found == self.object.len() {
            return;
        }
        let known = self.known.sorted();
        for (name, _) in self.object.sorted().into_iter().filter(|(name, _)| !known.contains(name)) {
            let at = self.at.field(name);
            let (name, names) = (clip(name), list_names(known.iter().copied()));
            match known.is_empty() {
                true => {
                    let says = format_args!("`{name}` is not a field of this object (this object has no fields)");
                    faults.add(at, "unknown_field", says);
                }
                false => {
                    let says = format_args!("`{name}` is not a field of this object (known: {names})");
                    faults.add(at, "unknown_field", says);
                }
            }
        }
    }

    pub(crate) fn take(&mut self, name: &'static str) -> Option<&'a Json<'a>> {
        self.known.add(name);
        let (before, after) = self.object.as_slice().split_at(self.next);
        let is_it = |(known, _): &(Cow<'a, str>, Json<'a>)| known == name;
        let found = match after.iter().position(is_it) {
            Some(further) => self.next + further,
            None => before.iter().position(is_it)?,
        };
        self.next = found + 1;
        self.found += 1;
        self.object.as_slice().get(found).map(|(_, value)| value)
    }
}

/// Returns the text of a JSON string; reports any other value as a fault.
pub(crate) fn string<'v>(value: &'v Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<&'v str> {
    match value {
        Json::Text(text) => Some(text),
        other => {
            faults.add(at, "wrong_type", format_args!("must be a string, not {}", other.name()));
            None
        }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::List(items) = value else {
            faults.add(at, "wrong_type", format_args!("must be a list, not {}", value.name()));
            return None;
        };
        let (mut read, mut is_sound) = (Vec::new(), true);
        // Items after a fault are still read, to report their faults too.
        for (n, item) in items.iter().enumerate() {
            match T::read(item, at.item(n), faults) {
                Some(one) if is_sound => {
                    if n == 0 {
                        read.reserve_exact(items.len());
                    }
                    read.push(one);
                }
                Some(_) => {}
                None => (read, is_sound) = (Vec::new(), false),
            }
        }
        is_sound.then_some(read)
    }
}

impl Read for bool {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        match value {
            Json::Bool(value) => Some(*value),
            other => {
                faults.add(at, "wrong_type", format_args!("must be true or false, not {}", other.name()));
                None
            }
        }
    }
}

impl Read for u32 {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let whole = match value {
            Json::Whole(whole) => u32::try_from(*whole).ok(),
            _ => None,
        };
        if whole.is_none() {
            faults.add(at, "wrong_type", "must be a whole number, zero or more");
        }
        whole
    }
}

impl Read for NaiveDate {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = string(value, at, faults)?;
        // One spelling only: chrono also accepts "+2026-4-01", which sorts wrongly as text.
        let is_plain = text.len() == 10
            && text.bytes().enumerate().all(|(n, c)| if n == 4 || n == 7 { c == b'-' } else { c.is_ascii_digit() });
        let Some(date) = is_plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten() else {
            faults.add(at, "not_a_date", format_args!("`{}` is not a date: write it as 2026-04-01", clip(text)));
            return None;
        };
        // As with moments: no plan lies outside these years, and no arithmetic on them overflows.
        if date.year() < 1900 {
            faults.add(at, "not_a_date", format_args!("`{}` is outside the years 1900 to 9999", clip(text)));
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
        let read = |text: &str| NaiveDate::read(&Json::Text(text.into()), At::from(""), &mut Faults::none());
        for good in ["2026-04-01", "1900-01-01", "9999-12-31", "2028-02-29"] {
            assert_eq!(read(good).map(|date| date.to_string()).as_deref(), Some(good));
        }
        for bad in ["+2026-4-01", "-999-01-01", "+12345-1-1", "1899-12-31", "2026-02-29", "2026-4-1", "2026/04/01", ""]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
