//! What is wrong with a submission, said so that its author can mend it.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::capped::{Capped, Told, json_text_bytes};

/// The most bytes of a message: it says what to do, and quotes only the beginning of what is long.
const MESSAGE_BYTES_MAX: usize = 2_000;

/// The rule under which faults are only counted.
const MORE: &str = "more";

/// One fault: where it is, which rule names it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// A JSON Pointer (RFC 6901) into the submitted body, such as `/3/data/confidence`.
    pub pointer: String,
    /// The rule's short name, stable, such as `unknown_field`.
    pub rule: String,
    /// A sentence for people that says what to do.
    pub message: String,
}

impl Violation {
    /// A fault at `pointer` under `rule`.
    pub fn new(pointer: impl Into<String>, rule: impl Into<String>, message: impl fmt::Display) -> Self {
        Violation { pointer: pointer.into(), rule: rule.into(), message: written(message) }
    }

    /// Whether it only counts the faults that are not told one by one.
    pub fn is_count(&self) -> bool {
        self.rule == MORE
    }

    /// The same fault seen from the document that holds this one at `prefix`.
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl Told for Violation {
    fn bytes(&self) -> usize {
        // With the names of its fields around it.
        40 + json_text_bytes(&self.pointer) + json_text_bytes(&self.rule) + json_text_bytes(&self.message)
    }

    fn more(count: usize) -> Self {
        Violation::new("", MORE, format_args!("and {count} more: mend these first, then send it again"))
    }
}

/// Writes a message, or the beginning of one that is too long. What is beyond is never put together.
pub fn written(message: impl fmt::Display) -> String {
    let mut room = Room(String::new());
    // It fails where the room ends.
    if write!(room, "{message}").is_err() {
        room.0.push('…');
    }
    room.0
}

struct Room(String);

impl fmt::Write for Room {
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

/// The faults found so far. Reading goes on after the first, so that all of them can be named at once: up to a hundred, and
/// how many more there are.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults(Capped<Violation>);

impl Faults {
    /// No faults yet.
    pub fn none() -> Self {
        Faults::default()
    }

    /// Notes a fault.
    pub fn add(&mut self, pointer: impl Into<String>, rule: impl Into<String>, message: impl fmt::Display) {
        self.0.add(|| Violation::new(pointer, rule, message));
    }

    /// Notes a fault unless the same is noted already.
    pub fn add_new(&mut self, make: impl FnOnce() -> Violation) {
        self.0.add_new(make);
    }

    /// Notes one that somebody else found.
    pub fn push(&mut self, violation: Violation) {
        self.0.add(|| violation);
    }

    /// Notes those that somebody else found.
    pub fn push_all(&mut self, found: impl IntoIterator<Item = Violation>) {
        found.into_iter().for_each(|violation| self.push(violation));
    }

    /// Notes those of others, after its own.
    pub fn extend(&mut self, others: Faults) {
        self.0.extend(others.0);
    }

    /// No faults yet, and no more room than these have left: for what is found apart and noted here later.
    #[must_use]
    pub fn beside(&self) -> Faults {
        Faults(self.0.beside())
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many faults were found.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The faults in the order of their finding; of those beyond a hundred, one line says how many they are.
    pub fn into_violations(self) -> Vec<Violation> {
        self.0.into_told()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_where_its_room_does() {
        let says = Violation::new("", "x", format_args!("{}{}", "é".repeat(999), "🎯".repeat(1_000_000))).message;
        assert_eq!(says, format!("{}…", "é".repeat(999)));
        assert_eq!(Violation::new("", "x", "short").message, "short");
    }

    #[test]
    fn all_that_is_told_has_room_in_an_answer() {
        let mut faults = Faults::none();
        for n in 0..1_000 {
            faults.add(format!("/{n}"), "x", "\"".repeat(5_000));
        }
        assert_eq!(faults.len(), 1_000);
        let told = faults.into_violations();
        assert!(serde_json::to_vec(&told).unwrap().len() < 60 << 10);
        assert!(told.last().unwrap().message.starts_with("and 986 more"), "{}", told.last().unwrap().message);
    }
}
