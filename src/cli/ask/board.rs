use projections::ask;

use super::{Document, Form, LedgerClient, Question, Target, read};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

#[derive(Debug, clap::Args)]
pub(crate) struct Board {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
    /// The board on this day by event time, with everything known now
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Only objectives of this team
    #[arg(long)]
    team: Option<String>,
    /// Only objectives and key results of this owner
    #[arg(long)]
    owner: Option<String>,
    /// Only objectives of this level: company, team or individual
    #[arg(long)]
    level: Option<String>,
    /// Only key results with this status: on_track, at_risk, behind or unknown
    #[arg(long)]
    status: Option<String>,
    /// Only key results with at most this confidence
    #[arg(long, value_name = "0–10")]
    max_confidence: Option<String>,
    #[command(flatten)]
    document: Document,
}

impl Question for Board {
    type Answer = ask::Board;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        let name = match self.document.form()? {
            Form::Table | Form::Json => "board".to_owned(),
            Form::Pack(format) => format!("board.{format}"),
        };
        let board = client.cycle_target(self.cycle.as_deref(), [name.as_str()])?;
        Ok(vec![
            board
                .with("on", self.on.as_ref())
                .with("team", self.team.as_ref())
                .with("owner", self.owner.as_ref())
                .with("level", self.level.as_ref())
                .with("status", self.status.as_ref())
                .with("max_confidence", self.max_confidence.as_ref()),
        ])
    }

    fn show(&self, answer: &ask::Board, client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        // The board contains the latest confidence only. With `--on`, no weekly history exists.
        let weeks = match &self.on {
            Some(_) => None,
            None => Some(read(&client.get(&client.cycle_target(Some(answer.cycle.id.as_str()), ["confidence"])?)?)?),
        };
        Ok(show::board(answer, weeks.as_ref(), &self.filters(), style))
    }

    fn document(&self) -> Option<&Document> {
        Some(&self.document)
    }
}

impl Board {
    /// Returns the filters in words.
    fn filters(&self) -> Vec<String> {
        let said = [
            ("team", &self.team),
            ("owner", &self.owner),
            ("level", &self.level),
            ("status", &self.status),
            ("confidence at most", &self.max_confidence),
        ];
        let said = said.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        said.map(|(name, value)| {
            let value = if name == "status" { value.replace('_', " ") } else { value.clone() };
            format!("{name} {value}")
        })
        .collect()
    }
}
