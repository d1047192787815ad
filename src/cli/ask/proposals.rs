use projections::ask;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `proposals`.
#[derive(Debug, clap::Args)]
pub(crate) struct Proposals {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
    /// Only those in this state: open, approved, declined, withdrawn or overtaken
    #[arg(long)]
    state: Option<String>,
}

impl Question for Proposals {
    type Answer = ask::Proposals;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.cycle_target(self.cycle.as_deref(), ["proposals"])?.with("state", self.state.as_ref())])
    }

    fn show(&self, answer: &ask::Proposals, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::proposals(answer, self.state.as_deref(), style))
    }
}
