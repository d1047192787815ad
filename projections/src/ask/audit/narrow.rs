//! Which lines of a trail are asked for.

use events::{Cause, Moment, Text};

use super::Audit;
use crate::ask::Direction;

/// Which lines of a trail are asked for; without any word all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditAsk {
    /// Changes for one of these causes.
    pub causes: Vec<Cause>,
    /// Changes in one of these directions.
    pub directions: Vec<Direction>,
    /// What this one recorded.
    pub actor: Option<Text>,
    /// What happened at this moment or later.
    pub since: Option<Moment>,
    /// What happened before this moment.
    pub until: Option<Moment>,
}

impl Audit {
    /// The trail with those lines only that are asked for.
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
