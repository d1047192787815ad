use projections::ask;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Retro {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
}

impl Question for Retro {
    type Answer = ask::Retrospective;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.cycle_target(self.cycle.as_deref(), ["retrospective"])?])
    }

    fn show(&self, answer: &ask::Retrospective, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::retro(answer, style))
    }
}
