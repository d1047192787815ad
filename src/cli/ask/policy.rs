use projections::ask;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `policy`.
#[derive(Debug, clap::Args)]
pub(crate) struct Policy {}

impl Question for Policy {
    type Answer = ask::PolicyStands;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.target(["policy"])])
    }

    fn show(&self, answer: &ask::PolicyStands, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::policy(answer, style))
    }
}
