use projections::ask::attention;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Attention {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
}

impl Question for Attention {
    type Answer = attention::Attention;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.cycle_target(self.cycle.as_deref(), ["attention"])?])
    }

    fn show(&self, answer: &attention::Attention, client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        // An empty list has two meanings, "all is well" and "not under way"; the state decides.
        Ok(show::attention(answer, client.cycle_facts(&answer.cycle)?.state, style))
    }
}
