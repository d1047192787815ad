use projections::ask;

use super::what_if::Without;
use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct UnderPolicy {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
    /// A version of the ledger's policy (0 is the default), or part of a policy in JSON, such as
    /// '{"approval":"required"}'
    #[arg(long, value_name = "VERSION|JSON")]
    policy: String,
    #[command(flatten)]
    without: Without,
}

impl Question for UnderPolicy {
    type Answer = ask::UnderPolicy;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        let what_if = client.cycle_target(self.cycle.as_deref(), ["what-if"])?;
        Ok(vec![self.without.of(what_if.with("policy", Some(&self.policy)))])
    }

    fn show(&self, answer: &ask::UnderPolicy, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::under_policy(answer, &self.policy, style))
    }
}
