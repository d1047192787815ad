use projections::ask::confidence::ConfidenceReport;

use super::audit::about;
use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Confidence {
    /// A key result, an objective or a cycle, by id or ref (KR-5, O-2) [default: the cycle under way]
    subject: Option<String>,
}

impl Question for Confidence {
    type Answer = ConfidenceReport;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        about(self.subject.as_deref(), "confidence", client)
    }

    fn show(&self, answer: &ConfidenceReport, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::confidence(answer, style))
    }
}
