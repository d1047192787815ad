use projections::ask::changes;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Changes {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
    /// The earlier moment: an event's number, a date, or an RFC 3339 time
    #[arg(long, value_name = "SEQ|DATE|TIME", required_unless_present = "from_report")]
    from: Option<String>,
    /// The later moment [default: now]
    #[arg(long, value_name = "SEQ|DATE|TIME", conflicts_with = "from_report")]
    to: Option<String>,
    /// Compare from a board report instead of a moment
    #[arg(long, value_name = "REPORT", conflicts_with_all = ["from", "cycle"])]
    from_report: Option<String>,
    /// Compare to a later board report [default: now]
    #[arg(long, value_name = "REPORT", requires = "from_report")]
    to_report: Option<String>,
}

impl Question for Changes {
    type Answer = changes::Changes;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        if let Some(report) = &self.from_report {
            return Ok(vec![client.target(["board-reports", report, "changes"]).with("to", self.to_report.as_ref())]);
        }
        let changes = client.cycle_target(self.cycle.as_deref(), ["board", "changes"])?;
        Ok(vec![changes.with("from", self.from.as_ref()).with("to", self.to.as_ref())])
    }

    fn show(&self, answer: &changes::Changes, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::changes(answer, style))
    }
}
