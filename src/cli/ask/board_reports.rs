use projections::ask::{self, BoardReport as Told, Restatements as Restated};

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `board-reports`.
#[derive(Debug, clap::Args)]
pub(crate) struct BoardReports {
    /// Only those of this cycle
    #[arg(long)]
    cycle: Option<String>,
}

impl Question for BoardReports {
    type Answer = ask::BoardReports;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.target(["board-reports"]).with("cycle", self.cycle.as_ref())])
    }

    fn show(&self, answer: &ask::BoardReports, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::board_reports(answer, style))
    }
}

/// What can be said to `board-report`.
#[derive(Debug, clap::Args)]
pub(crate) struct BoardReport {
    /// The report
    report: String,
}

impl Question for BoardReport {
    type Answer = Told;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.target(["board-reports", &self.report])])
    }

    fn show(&self, answer: &Told, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::board_report(answer, style))
    }
}

/// What can be said to `restatements`.
#[derive(Debug, clap::Args)]
pub(crate) struct Restatements {
    /// The report
    report: String,
}

impl Question for Restatements {
    type Answer = Restated;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.target(["board-reports", &self.report, "restatements"])])
    }

    fn show(&self, answer: &Restated, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::restatements(answer, style))
    }
}
