use projections::ask;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Policy {}

impl Question for Policy {
    type Answer = ask::PolicyStands;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.target(["policy"])])
    }

    fn show(&self, answer: &ask::PolicyStands, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::policy(answer, style))
    }
}
