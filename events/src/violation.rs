//! Faults of a submission, with messages that let the author fix them.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::capped::{Capped, Told, json_text_bytes};

/// The most bytes of a message: it says how to fix the fault, and quotes only the beginning of a long value.
const MESSAGE_BYTES_MAX: usize = 2_000;

/// The rule of the line that counts unlisted faults.
const MORE: &str = "more";

/// A fault: its position, its rule and a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// A JSON Pointer (RFC 6901) into the submitted body, such as `/3/data/confidence`.
    pub pointer: String,
    /// The stable short name of the rule, such as `unknown_field`.
    pub rule: String,
    /// A sentence for people that says how to fix the fault.
    pub message: String,
}

impl Violation {
    /// Creates a fault; an overlong message is clipped.
    pub fn new(pointer: impl Into<String>, rule: impl Into<String>, message: impl fmt::Display) -> Self {
        Violation { pointer: pointer.into(), rule: rule.into(), message: written(message) }
    }

    /// Returns true if this only counts the unlisted faults.
    pub fn is_count(&self) -> bool {
        self.rule == MORE
    }

    /// Extends the pointer for a document that contains this one at `prefix`.
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl Told for Violation {
    fn bytes(&self) -> usize {
        // 40 bytes for the field names and the punctuation.
        40 + json_text_bytes(&self.pointer) + json_text_bytes(&self.rule) + json_text_bytes(&self.message)
    }

    fn more(count: usize) -> Self {
        Violation::new("", MORE, format_args!("and {count} more: fix these first, then send it again"))
    }
}

/// Formats a message and clips an overlong one. The clipped rest is never formatted.
pub fn written(message: impl fmt::Display) -> String {
    let mut clipped = ClippedMessage(String::new());
    // Fails at the limit, which stops the formatting.
    if write!(clipped, "{message}").is_err() {
        clipped.0.push('…');
    }
    clipped.0
}

struct ClippedMessage(String);

impl fmt::Write for ClippedMessage {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let left = MESSAGE_BYTES_MAX.saturating_sub(self.0.len());
        if text.len() <= left {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(text.get(..text.floor_char_boundary(left)).unwrap_or_default());
        Err(fmt::Error)
    }
}

/// The faults found so far. Reading continues after the first, so that all are reported at once: up to a hundred, and
/// the number of the others.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults(Capped<Violation>);

impl Faults {
    /// Returns an empty collection.
    pub fn none() -> Self {
        Faults::default()
    }

    /// Adds a fault.
    pub fn add(&mut self, pointer: impl Into<String>, rule: impl Into<String>, message: impl fmt::Display) {
        self.0.add(|| Violation::new(pointer, rule, message));
    }

    /// Adds a fault unless an equal one is listed.
    pub fn add_new(&mut self, make: impl FnOnce() -> Violation) {
        self.0.add_new(make);
    }

    /// Adds a fault that was built elsewhere.
    pub fn push(&mut self, violation: Violation) {
        self.0.add(|| violation);
    }

    /// Adds faults that were built elsewhere.
    pub fn push_all(&mut self, found: impl IntoIterator<Item = Violation>) {
        found.into_iter().for_each(|violation| self.push(violation));
    }

    /// Appends the faults of another collection.
    pub fn extend(&mut self, others: Faults) {
        self.0.extend(others.0);
    }

    /// Returns an empty collection with the remaining capacity of this one, for faults that are appended later.
    #[must_use]
    pub fn beside(&self) -> Faults {
        Faults(self.0.beside())
    }

    /// Returns true if no fault was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the number of faults, unlisted ones included.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the faults in the order in which they were found; beyond a hundred, one line counts the others.
    pub fn into_violations(self) -> Vec<Violation> {
        self.0.into_told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_clipped() {
        let says = Violation::new("", "x", format_args!("{}{}", "é".repeat(999), "🎯".repeat(1_000_000))).message;
        assert_eq!(says, format!("{}…", "é".repeat(999)));
        assert_eq!(Violation::new("", "x", "short").message, "short");
    }

    #[test]
    fn all_listed_faults_fit_into_an_answer() {
        let mut faults = Faults::none();
        for n in 0..1_000 {
            faults.add(format!("/{n}"), "x", "\"".repeat(5_000));
        }
        assert_eq!(faults.len(), 1_000);
        let listed = faults.into_violations();
        assert!(serde_json::to_vec(&listed).unwrap().len() < 60 << 10);
        assert!(listed.last().unwrap().message.starts_with("and 986 more"), "{}", listed.last().unwrap().message);
    }
}
