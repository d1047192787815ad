use projections::ask;

use super::{Document, Door, Form, Question, Target, read};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `board`.
#[derive(Debug, clap::Args)]
pub(crate) struct Board {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
    /// What was true on a day, by the time things happened, as far as it is known
    #[arg(long, value_name = "DATE")]
    on: Option<String>,
    /// Only objectives of this team
    #[arg(long)]
    team: Option<String>,
    /// Only what this owner answers for
    #[arg(long)]
    owner: Option<String>,
    /// Only objectives of this level: company, team or individual
    #[arg(long)]
    level: Option<String>,
    /// Only key results of this status: on_track, at_risk, behind or unknown
    #[arg(long)]
    status: Option<String>,
    /// Only key results whose confidence is no more than this
    #[arg(long, value_name = "0–10")]
    max_confidence: Option<String>,
    #[command(flatten)]
    document: Document,
}

impl Question for Board {
    type Answer = ask::Board;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        let name = match self.document.form()? {
            Form::Table | Form::Json => "board".to_owned(),
            Form::Pack(format) => format!("board.{format}"),
        };
        let board = door.cycle_target(self.cycle.as_deref(), [name.as_str()])?;
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

    fn show(&self, answer: &ask::Board, door: &Door<'_>, style: Style) -> Result<String, Failure> {
        // The board tells how sure people are, and not how that went. A day's truth has no such history to ask for.
        let weeks = match &self.on {
            Some(_) => None,
            None => Some(read(&door.get(&door.cycle_target(Some(answer.cycle.id.as_str()), ["confidence"])?)?)?),
        };
        Ok(show::board(answer, weeks.as_ref(), &self.filters(), style))
    }

    fn document(&self) -> Option<&Document> {
        Some(&self.document)
    }
}

impl Board {
    /// What of the cycle is shown, in words.
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
