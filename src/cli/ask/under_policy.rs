use projections::ask;

use super::what_if::Without;
use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `under-policy`.
#[derive(Debug, clap::Args)]
pub(crate) struct UnderPolicy {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
    /// A version of the ledger's policy (0 is the default), or a part of one in JSON, such as '{"approval":"required"}'
    #[arg(long, value_name = "VERSION|JSON")]
    policy: String,
    #[command(flatten)]
    without: Without,
}

impl Question for UnderPolicy {
    type Answer = ask::UnderPolicy;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        let what_if = door.cycle_target(self.cycle.as_deref(), ["what-if"])?;
        Ok(vec![self.without.of(what_if.with("policy", Some(&self.policy)))])
    }

    fn show(&self, answer: &ask::UnderPolicy, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::under_policy(answer, &self.policy, style))
    }
}
