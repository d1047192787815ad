use std::time::Duration;

use projections::ask::replay;

use super::{Door, Question, Target};
use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, Style};
use crate::cli::show;

/// The longest a frame is shown.
const PACE_MAX: Duration = Duration::from_secs(60);

/// What can be said to `replay`.
#[derive(Debug, clap::Args)]
pub(crate) struct Replay {
    /// The cycle [default: the one under way]
    cycle: Option<String>,
    /// How long a frame is: week, day or event [default: week]
    #[arg(long)]
    step: Option<String>,
    /// Play it: one frame after the other
    #[arg(long, conflicts_with = "json")]
    watch: bool,
    /// How many seconds a frame is shown where it is played on a terminal
    #[arg(long, value_name = "SECONDS", default_value_t = 1.5, requires = "watch")]
    pace: f32,
}

impl Question for Replay {
    type Answer = replay::Replay;

    fn targets(&self, door: &Door<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![door.cycle_target(self.cycle.as_deref(), ["replay"])?.with("step", self.step.as_ref())])
    }

    fn show(&self, answer: &replay::Replay, door: &Door<'_>, style: Style) -> Result<String, Failure> {
        // A frame ends with a day of the cycle, which is another day in Greenwich: the answer has moments only.
        Ok(show::replay(answer, door.cycle_standing(&answer.cycle)?.time_zone, style))
    }

    fn is_played(&self) -> bool {
        self.watch
    }

    fn play(&self, answer: &replay::Replay, door: &Door<'_>, screen: &mut Screen) -> Result<(), Failure> {
        let zone = door.cycle_standing(&answer.cycle)?.time_zone;
        let pace = Duration::try_from_secs_f32(self.pace).unwrap_or_default().min(PACE_MAX);
        for number in 0..answer.frames.len() {
            let frame = show::frame(answer, number, zone, screen.style());
            if !screen.is_terminal() {
                screen.line(&frame)?;
                continue;
            }
            screen.afresh(&frame)?;
            if number + 1 < answer.frames.len() {
                std::thread::sleep(pace);
            }
        }
        Ok(())
    }
}
