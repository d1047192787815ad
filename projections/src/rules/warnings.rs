//! What the rules advise.

use events::{Capped, Told, json_text_bytes, written};
use serde::{Deserialize, Serialize};

/// A rule advising: the submission is recorded all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The rule's short name.
    pub rule: String,
    /// The thing it is about.
    pub subject: String,
    /// What the method advises.
    pub message: String,
}

/// Warnings: up to a hundred, and how many more there are.
pub type Warnings = Capped<Warning>;

impl Told for Warning {
    fn bytes(&self) -> usize {
        // With the names of its fields around it.
        40 + json_text_bytes(&self.rule) + json_text_bytes(&self.subject) + json_text_bytes(&self.message)
    }

    fn more(count: usize) -> Self {
        let message = written(format_args!("and {count} more: a smaller entry is told all of its own"));
        Warning { rule: "more".into(), subject: String::new(), message }
    }
}
