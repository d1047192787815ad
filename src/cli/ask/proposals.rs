use projections::ask;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Proposals {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
    /// Only proposals in this state: open, approved, declined, withdrawn or overtaken
    #[arg(long)]
    state: Option<String>,
}

impl Question for Proposals {
    type Answer = ask::Proposals;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.cycle_target(self.cycle.as_deref(), ["proposals"])?.with("state", self.state.as_ref())])
    }

    fn show(&self, answer: &ask::Proposals, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::proposals(answer, self.state.as_deref(), style))
    }
}
