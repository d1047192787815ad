use projections::ask::goalposts;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Goalposts {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
}

impl Question for Goalposts {
    type Answer = goalposts::Goalposts;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.cycle_target(self.cycle.as_deref(), ["goalposts"])?])
    }

    fn show(&self, answer: &goalposts::Goalposts, client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::goalposts(answer, client.zone_of(&answer.cycle, None)?, style))
    }
}
