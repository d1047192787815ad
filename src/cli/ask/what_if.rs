use clap::ArgGroup;
use projections::ask::what_if;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `what-if`.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("supposed").required(true).multiple(true)))]
pub(crate) struct WhatIf {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
    /// Without what: adjustments, retirements, corrections, grades, or several of them
    #[arg(long, value_name = "WHAT,…", value_delimiter = ',', group = "supposed")]
    without: Vec<String>,
    /// Without the events of these numbers, such as 12,40
    #[arg(long, value_name = "SEQ,…", group = "supposed")]
    without_events: Option<String>,
    /// With another formula in force: linear-1, or ratio-1 (current ÷ target)
    #[arg(long, group = "supposed")]
    formula: Option<String>,
}

impl Question for WhatIf {
    type Answer = what_if::WhatIf;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        let without = (!self.without.is_empty()).then(|| self.without.join(","));
        let what_if = door.cycle_target(self.cycle.as_deref(), ["what-if"])?;
        Ok(vec![
            what_if
                .with("without", without)
                .with("without_events", self.without_events.as_ref())
                .with("formula", self.formula.as_ref()),
        ])
    }

    fn show(&self, answer: &what_if::WhatIf, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::what_if(answer, self.formula.as_deref(), style))
    }
}
