//! What is wrong with a submission, said so that its author can mend it.

use serde::{Deserialize, Serialize};

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
    pub fn new(pointer: impl Into<String>, rule: impl Into<String>, message: impl Into<String>) -> Self {
        Violation { pointer: pointer.into(), rule: rule.into(), message: message.into() }
    }

    /// The same fault seen from the document that holds this one at `prefix`.
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

/// The faults found so far. Reading goes on after the first, so that all of them can be named at once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Violation>);

impl Faults {
    /// No faults yet.
    pub fn none() -> Self {
        Faults::default()
    }

    /// Notes a fault.
    pub fn add(&mut self, pointer: impl Into<String>, rule: impl Into<String>, message: impl Into<String>) {
        self.0.push(Violation::new(pointer, rule, message));
    }

    /// Notes those of others, after its own.
    pub(crate) fn extend(&mut self, others: Faults) {
        self.0.extend(others.0);
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many faults were found.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All faults, in the order of their finding.
    pub fn into_violations(self) -> Vec<Violation> {
        self.0
    }
}
