use projections::ask::lineage;

use super::audit::about;
use super::{LedgerClient, Question, Rest, Target, read};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Lineage {
    /// A key result, an objective or a cycle, by id or ref (KR-5, O-2) [default: the cycle under way]
    subject: Option<String>,
}

impl Question for Lineage {
    type Answer = lineage::Lineage;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        about(self.subject.as_deref(), "lineage", client)
    }

    fn rest(&self, _pages: &[Vec<u8>]) -> Result<Rest, Failure> {
        Ok(Rest::Everything)
    }

    fn joined(&self, pages: &[Vec<u8>]) -> Result<Vec<u8>, Failure> {
        let mut pages = pages.iter().map(|page| read::<lineage::Lineage>(page));
        let Some(mut whole) = pages.next().transpose()? else { return Ok(Vec::new()) };
        for page in pages {
            whole.steps.extend(page?.steps);
        }
        serde_json::to_vec(&whole).map_err(|error| Failure::failed(error.to_string()))
    }

    fn show(&self, answer: &lineage::Lineage, client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::lineage(answer, client.zone_of(&answer.subject, answer.given)?, style))
    }
}
