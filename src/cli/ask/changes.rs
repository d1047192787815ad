use projections::ask::changes;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// What can be said to `changes`.
#[derive(Debug, clap::Args)]
pub(crate) struct Changes {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
    /// The earlier moment: an event's number, a date, or an RFC 3339 time
    #[arg(long, value_name = "SEQ|DATE|TIME")]
    from: String,
    /// The later moment [default: now]
    #[arg(long, value_name = "SEQ|DATE|TIME")]
    to: Option<String>,
}

impl Question for Changes {
    type Answer = changes::Changes;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        let changes = door.cycle_target(self.cycle.as_deref(), ["board", "changes"])?;
        Ok(vec![changes.with("from", Some(&self.from)).with("to", self.to.as_ref())])
    }

    fn show(&self, answer: &changes::Changes, _door: &Door<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::changes(answer, style))
    }
}
