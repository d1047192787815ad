use projections::ask::{self, BoardReport as IssuedReport, Restatements as RestatedReport};

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct BoardReports {
    /// Only reports of this cycle
    #[arg(long)]
    cycle: Option<String>,
}

impl Question for BoardReports {
    type Answer = ask::BoardReports;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.target(["board-reports"]).with("cycle", self.cycle.as_ref())])
    }

    fn show(&self, answer: &ask::BoardReports, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::board_reports(answer, style))
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct BoardReport {
    /// Report id
    report: String,
}

impl Question for BoardReport {
    type Answer = IssuedReport;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.target(["board-reports", &self.report])])
    }

    fn show(&self, answer: &IssuedReport, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::board_report(answer, style))
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct Restatements {
    /// Report id
    report: String,
}

impl Question for Restatements {
    type Answer = RestatedReport;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.target(["board-reports", &self.report, "restatements"])])
    }

    fn show(&self, answer: &RestatedReport, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::restatements(answer, style))
    }
}
