use projections::ask;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `audit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Audit {
    /// A key result, an objective or a cycle, by id or ref (KR-5, O-2) [default: the cycle under way]
    subject: Option<String>,
}

impl Question for Audit {
    type Answer = ask::Audit;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        about(self.subject.as_deref(), "audit", door)
    }

    fn show(&self, answer: &ask::Audit, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::audit(answer, style))
    }
}

/// Where something is asked about a subject that may be a key result, an objective or a cycle. A ref tells which.
pub(super) fn about(subject: Option<&str>, what: &str, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
    let Some(subject) = subject else { return Ok(vec![door.cycle_target(None, [what])?]) };
    let parsed = subject.parse::<events::Ref>().ok();
    let kinds: &[&str] = match parsed.map(|parsed| parsed.kind) {
        Some(events::RefKind::KeyResult) => &["key-results"],
        Some(events::RefKind::Objective) => &["objectives"],
        None => &["key-results", "objectives", "cycles"],
    };
    Ok(kinds.iter().map(|kind| door.target([*kind, subject, what])).collect())
}
