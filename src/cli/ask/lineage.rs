use projections::ask::lineage;

use super::audit::about;
use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `lineage`.
#[derive(Debug, clap::Args)]
pub(crate) struct Lineage {
    /// A key result, an objective or a cycle, by id or ref (KR-5, O-2) [default: the cycle under way]
    subject: Option<String>,
}

impl Question for Lineage {
    type Answer = lineage::Lineage;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        about(self.subject.as_deref(), "lineage", door)
    }

    fn show(&self, answer: &lineage::Lineage, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::lineage(answer, style))
    }
}
