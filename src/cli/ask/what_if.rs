use clap::ArgGroup;
use projections::ask::what_if;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("something").args(["without", "without_events", "formula"]).required(true).multiple(true)))]
pub(crate) struct WhatIf {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
    #[command(flatten)]
    without: Without,
}

/// Assumptions that differ from the actual history.
#[derive(Debug, clap::Args)]
pub(super) struct Without {
    /// Leave out adjustments, retirements, corrections, grades, or several of them
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',')]
    without: Vec<String>,
    /// Leave out the events with these numbers, such as 12,40
    #[arg(long, value_name = "SEQ,…")]
    without_events: Option<String>,
    /// Use another formula: linear-1, or ratio-1 (current ÷ target)
    #[arg(long)]
    formula: Option<String>,
}

impl Without {
    pub(super) fn of(&self, what_if: Target) -> Target {
        let without = (!self.without.is_empty()).then(|| self.without.join(","));
        what_if
            .with("without", without)
            .with("without_events", self.without_events.as_ref())
            .with("formula", self.formula.as_ref())
    }
}

impl Question for WhatIf {
    type Answer = what_if::WhatIf;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![self.without.of(client.cycle_target(self.cycle.as_deref(), ["what-if"])?)])
    }

    fn show(&self, answer: &what_if::WhatIf, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::what_if(answer, self.without.formula.as_deref(), style))
    }
}
