use projections::ask;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;
use crate::spreadsheet;

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
    /// Only changes recorded by this actor
    #[arg(long)]
    actor: Option<String>,
    /// Only changes at or after this moment
    #[arg(long, value_name = "DATE|TIME")]
    since: Option<String>,
    /// Only changes before this moment
    #[arg(long, value_name = "DATE|TIME")]
    until: Option<String>,
    /// Print as CSV, for a spreadsheet
    #[arg(long, conflicts_with_all = ["json", "markdown"])]
    csv: bool,
}

impl Question for Audit {
    type Answer = ask::Audit;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        let narrowed = |target: Target| {
            target
                .with("cause", self.cause.as_ref())
                .with("direction", self.direction.as_ref())
                .with("actor", self.actor.as_ref())
                .with("since", self.since.as_ref())
                .with("until", self.until.as_ref())
        };
        Ok(about(self.subject.as_deref(), "audit", client)?.into_iter().map(narrowed).collect())
    }

    fn show(&self, answer: &ask::Audit, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        if self.csv {
            let csv = spreadsheet::audit(answer).map_err(Failure::failed)?;
            return Ok(String::from_utf8_lossy(&csv).into_owned());
        }
        Ok(show::audit(answer, style))
    }
}

/// Returns the targets for a subject that may be a key result, an objective or a cycle. A ref names its kind; an id
/// does not, so every kind is tried.
pub(super) fn about(subject: Option<&str>, what: &str, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
    let Some(subject) = subject else { return Ok(vec![client.cycle_target(None, [what])?]) };
    let parsed = subject.parse::<events::Ref>().ok();
    let kinds: &[&str] = match parsed.map(|parsed| parsed.kind) {
        Some(events::RefKind::KeyResult) => &["key-results"],
        Some(events::RefKind::Objective) => &["objectives"],
        None => &["key-results", "objectives", "cycles"],
    };
    Ok(kinds.iter().map(|kind| client.target([*kind, subject, what])).collect())
}
