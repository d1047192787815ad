//! Filters for a trail.

use events::{Cause, Moment, Text};

use super::Audit;
use crate::ask::Direction;

/// A filter for trail lines; the default keeps all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditAsk {
    /// Keeps changes with one of these causes; empty keeps all.
    pub causes: Vec<Cause>,
    /// Keeps changes in one of these directions; empty keeps all.
    pub directions: Vec<Direction>,
    /// Keeps events recorded by this actor.
    pub actor: Option<Text>,
    /// Keeps events at or after this moment.
    pub since: Option<Moment>,
    /// Keeps events before this moment.
    pub until: Option<Moment>,
}

impl Audit {
    /// Returns the audit with only the lines that match `ask`.
    #[must_use]
    pub fn narrowed(mut self, ask: &AuditAsk) -> Audit {
        self.trail.retain(|item| {
            let cause = item.justification.as_ref().map(|why| why.cause);
            (ask.causes.is_empty() || cause.is_some_and(|cause| ask.causes.contains(&cause)))
                && (ask.directions.is_empty() || item.direction.is_some_and(|way| ask.directions.contains(&way)))
                && ask.actor.as_ref().is_none_or(|actor| item.actor == *actor)
                && ask.since.is_none_or(|since| item.time >= since)
                && ask.until.is_none_or(|until| item.time < until)
        });
        self
    }
}
