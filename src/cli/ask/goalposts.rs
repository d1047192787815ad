use projections::ask::goalposts;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `goalposts`.
#[derive(Debug, clap::Args)]
pub(crate) struct Goalposts {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
}

impl Question for Goalposts {
    type Answer = goalposts::Goalposts;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.cycle_target(self.cycle.as_deref(), ["goalposts"])?])
    }

    fn show(&self, answer: &goalposts::Goalposts, door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::goalposts(answer, door.zone_of(&answer.cycle, None)?, style))
    }
}
