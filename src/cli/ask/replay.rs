use projections::ask::replay;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
    /// How long a frame is: week, day or event [default: week]
    #[arg(long)]
    step: Option<String>,
}

impl Question for Replay {
    type Answer = replay::Replay;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.cycle_target(self.cycle.as_deref(), ["replay"])?.with("step", self.step.as_ref())])
    }

    fn show(&self, answer: &replay::Replay, door: &Door<'_>, style: Style) -> Result<String, Failure> {
        // A frame ends with a day of the cycle, which is another day in Greenwich: the answer has moments only.
        Ok(show::replay(answer, door.cycle_standing(&answer.cycle)?.time_zone, style))
    }
}
