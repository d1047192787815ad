use projections::ask::calibration;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `calibration`.
#[derive(Debug, clap::Args)]
pub(crate) struct Calibration {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
}

impl Question for Calibration {
    type Answer = calibration::Calibration;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.cycle_target(self.cycle.as_deref(), ["calibration"])?])
    }

    fn show(&self, answer: &calibration::Calibration, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::calibration(answer, style))
    }
}
