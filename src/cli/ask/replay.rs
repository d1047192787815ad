use std::time::Duration;

use projections::ask::replay;

use super::{LedgerClient, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, Style};
use crate::cli::show;

/// Longest display time of a frame.
const PACE_MAX: Duration = Duration::from_secs(60);

#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// Cycle id [default: the cycle under way]
    cycle: Option<String>,
    /// Length of a frame: week, day or event [default: week]
    #[arg(long)]
    step: Option<String>,
    /// Play the frames one after the other
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// Seconds per frame when played on a terminal
    #[arg(long, value_name = "SECONDS", default_value_t = 1.5, requires = "watch")]
    pace: f32,
}

impl Question for Replay {
    type Answer = replay::Replay;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![client.cycle_target(self.cycle.as_deref(), ["replay"])?.with("step", self.step.as_ref())])
    }

    fn show(&self, answer: &replay::Replay, client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        // A frame ends with a day in the cycle's time zone, but the answer contains UTC moments only.
        Ok(show::replay(answer, client.cycle_facts(&answer.cycle)?.time_zone, style))
    }

    fn is_played(&self) -> bool {
        self.watch
    }

    fn play(&self, answer: &replay::Replay, client: &LedgerClient<'_>, screen: &mut Screen) -> Result<(), Failure> {
        let zone = client.cycle_facts(&answer.cycle)?.time_zone;
        let pace = Duration::try_from_secs_f32(self.pace).unwrap_or_default().min(PACE_MAX);
        for number in 0..answer.frames.len() {
            let frame = show::frame(answer, number, zone, screen.style());
            if !screen.is_terminal() {
                screen.line(&frame)?;
                continue;
            }
            screen.redraw(&frame)?;
            if number + 1 < answer.frames.len() {
                std::thread::sleep(pace);
            }
        }
        Ok(())
    }
}
