use projections::ask::calibration;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Calibration {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
}

impl Question for Calibration {
    type Answer = calibration::Calibration;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.cycle_target(self.cycle.as_deref(), ["calibration"])?])
    }

    fn show(
        &self,
        answer: &calibration::Calibration,
        _client: &LedgerClient<'_>,
        style: Style,
    ) -> Result<String, Failure> {
        Ok(show::calibration(answer, style))
    }
}
