use projections::ask;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;
use crate::spreadsheet;

/// What can be said to `audit`.
#[derive(Debug, clap::Args)]
pub(crate) struct Audit {
    /// A key result, an objective or a cycle, by id or ref (KR-5, O-2) [default: the cycle under way]
    subject: Option<String>,
    /// Only changes for these causes, such as external_change,scope_change
    #[arg(long, value_name = "CAUSE,…")]
    cause: Option<String>,
    /// Only changes in this direction: eased, hardened or remeasured
    #[arg(long, value_name = "DIRECTION,…")]
    direction: Option<String>,
    /// Only what this one recorded
    #[arg(long)]
    actor: Option<String>,
    /// Only what happened at or after this moment
    #[arg(long, value_name = "DATE|TIME")]
    since: Option<String>,
    /// Only what happened before this moment
    #[arg(long, value_name = "DATE|TIME")]
    until: Option<String>,
    /// Print it as CSV, for a spreadsheet
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    csv: bool,
}

impl Question for Audit {
    type Answer = ask::Audit;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        let narrowed = |target: Target| {
            target
                .with("cause", self.cause.as_ref())
                .with("direction", self.direction.as_ref())
                .with("actor", self.actor.as_ref())
                .with("since", self.since.as_ref())
                .with("until", self.until.as_ref())
        };
        Ok(about(self.subject.as_deref(), "audit", door)?.into_iter().map(narrowed).collect())
    }

    fn show(&self, answer: &ask::Audit, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        if self.csv {
            let csv = spreadsheet::audit(answer).map_err(Failure::failed)?;
            return Ok(String::from_utf8_lossy(&csv).into_owned());
        }
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
