use projections::ask::attention;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `attention`.
#[derive(Debug, clap::Args)]
pub(crate) struct Attention {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
}

impl Question for Attention {
    type Answer = attention::Attention;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.cycle_target(self.cycle.as_deref(), ["attention"])?])
    }

    fn show(&self, answer: &attention::Attention, door: &Door<'_>, style: Style) -> Result<String, Failure> {
        // Nothing needs talking about where all is well, and where nothing is under way.
        Ok(show::attention(answer, door.cycle_standing(&answer.cycle)?.state, style))
    }
}
