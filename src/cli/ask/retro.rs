use projections::ask;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `retro`.
#[derive(Debug, clap::Args)]
pub(crate) struct Retro {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
}

impl Question for Retro {
    type Answer = ask::Retrospective;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.cycle_target(self.cycle.as_deref(), ["retrospective"])?])
    }

    fn show(&self, answer: &ask::Retrospective, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::retro(answer, style))
    }
}
