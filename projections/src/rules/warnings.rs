//! Warnings of the rules.

use events::{Capped, Told, json_text_bytes, written};
use serde::{Deserialize, Serialize};

/// A warning: the submission is recorded nevertheless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The rule's short name.
    pub rule: String,
    /// The id of the subject concerned.
    pub subject: String,
    /// The advice, and the policy it comes from.
    pub message: String,
}

/// Up to a hundred warnings, and the number of further ones.
pub type Warnings = Capped<Warning>;

impl Told for Warning {
    fn bytes(&self) -> usize {
        // The names and punctuation of its JSON fields.
        40 + json_text_bytes(&self.rule) + json_text_bytes(&self.subject) + json_text_bytes(&self.message)
    }

    fn more(count: usize) -> Self {
        let message = written(format_args!("and {count} more: a smaller entry returns all of its warnings"));
        Warning { rule: "more".into(), subject: String::new(), message }
    }
}
