//! The query parameters of a request.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::Query;
use axum::http::Uri;
use chrono::NaiveDate;
use events::{Faults, Violation, clip};

use super::problem::Problem;
use crate::ledger::{AsOfAsk, Error};

/// The parameters of a request, read one by one. Each read registers the parameter's name; [`Params::end`] then reports
/// every parameter that is faulty, repeated or unknown.
#[derive(Debug)]
pub(crate) struct Params {
    given: Vec<(String, String)>,
    known: Vec<&'static str>,
    faults: Faults,
}

impl Params {
    pub(crate) fn of(uri: &Uri) -> Params {
        let mut faults = Faults::none();
        let given =
            Query::<Vec<(String, String)>>::try_from_uri(uri).map(|Query(given)| given).unwrap_or_else(|error| {
                faults.add("?", "unreadable", error.to_string());
                Vec::new()
            });
        Params { given, known: Vec::new(), faults }
    }

    /// Drops empty parameters: a form sends every field it has.
    pub(crate) fn without_blanks(mut self) -> Params {
        self.given.retain(|(_, value)| !value.is_empty());
        self
    }

    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// Returns the first value of a parameter without marking it as read.
    pub(crate) fn peek(&self, name: &str) -> Option<String> {
        self.given.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone())
    }
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        self.known.push(name);
        let mut values = self.given.iter().filter(|(given, _)| given == name).map(|(_, value)| value);
        let value = values.next().cloned();
        if values.next().is_some() {
            self.fault(name, "repeated", format_args!("`{name}` is given more than once: give it once"));
        }
        value
    }

    /// Reads a parameter with this parser.
    pub(crate) fn read<T, E: Display>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)?;
        read(&text).map_err(|wrong| self.fault(name, "unreadable", format_args!("`{name}`: {wrong}"))).ok()
    }

    /// Reads a parameter of any type that can be parsed.
    pub(crate) fn word<T: FromStr<Err: Display>>(&mut self, name: &'static str) -> Option<T> {
        self.read(name, T::from_str)
    }

    /// Reads a list: separated by commas, or given as a repeated parameter.
    pub(crate) fn several<T, E: Display>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&str) -> Result<T, E>,
    ) -> Vec<T> {
        self.known.push(name);
        let values = self.given.iter().filter(|(given, _)| given == name);
        let parts: Vec<String> =
            values.flat_map(|(_, value)| value.split(',')).map(|part| part.trim().to_owned()).collect();
        let mut found = Vec::with_capacity(parts.len());
        for part in parts {
            match read(&part) {
                Ok(one) => found.push(one),
                Err(wrong) => self.fault(name, "unreadable", format_args!("`{name}`: {wrong}")),
            }
        }
        found
    }
    pub(crate) fn whole(&mut self, name: &'static str) -> Option<u64> {
        self.read(name, |text| {
            whole(text).ok_or_else(|| format!("`{}` is not a whole number of 0 or more", clip(text)))
        })
    }

    /// Reads `true` or `false`; absent means false.
    pub(crate) fn flag(&mut self, name: &'static str) -> bool {
        let read = |text: &str| text.parse().map_err(|_| format!("`{}` is neither true nor false", clip(text)));
        self.read(name, read).unwrap_or(false)
    }
    pub(crate) fn day(&mut self, name: &'static str) -> Option<NaiveDate> {
        self.read(name, |text| match AsOfAsk::parse(name, text) {
            Ok(AsOfAsk::Day(day)) => Ok(day),
            _ => Err(format!("`{}` is not a date such as 2026-05-05", clip(text))),
        })
    }

    /// Reads a point of history: a seq, a time or a date.
    pub(crate) fn point(&mut self, name: &'static str) -> Option<AsOfAsk> {
        let text = self.text(name)?;
        match AsOfAsk::parse(name, &text) {
            Ok(point) => Some(point),
            Err(Error::Refused(refusal)) => {
                refusal.violations.into_iter().for_each(|one| self.faults.add(one.pointer, one.rule, one.message));
                None
            }
            Err(error) => {
                self.fault(name, "unreadable", error.to_string());
                None
            }
        }
    }

    /// Reads the point of history to answer from.
    pub(crate) fn as_of(&mut self) -> Option<AsOfAsk> {
        self.point("as_of")
    }

    /// Records a fault of a parameter.
    pub(crate) fn fault(&mut self, name: &str, rule: &str, message: impl Display) {
        self.faults.add(format!("?{name}"), rule, message);
    }

    /// Returns all faults, including unknown parameters. Call it after the last read.
    pub(crate) fn into_violations(mut self) -> Vec<Violation> {
        let known = self.known.join("`, `");
        let takes =
            if known.is_empty() { "none are accepted here".into() } else { format!("accepted here: `{known}`") };
        for (name, _) in &self.given {
            if !self.known.contains(&name.as_str()) {
                let name = clip(name);
                let says = format_args!("there is no parameter `{name}`; {takes}");
                self.faults.add(format!("?{name}"), "unknown_parameter", says);
            }
        }
        self.faults.into_violations()
    }

    /// Rejects the request if any parameter is faulty.
    pub(crate) fn end(self) -> Result<(), Problem> {
        match self.into_violations() {
            faults if faults.is_empty() => Ok(()),
            faults => Err(Problem::invalid(faults)),
        }
    }
}

/// Parses digits only: Rust's own parser accepts a plus sign too.
pub(crate) fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
