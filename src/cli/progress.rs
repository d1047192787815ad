//! Progress of long work: a bar on a terminal, nothing elsewhere.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::views::Progress;

/// Work that is done sooner needs no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(300);

/// A bar that counts events. It is drawn on stderr, and vanishes when it is dropped.
pub(crate) struct Bar {
    doing: &'static str,
    begun: Instant,
    drawn: Option<ProgressBar>,
}

impl Bar {
    pub(crate) fn new(doing: &'static str) -> Bar {
        Bar { doing, begun: Instant::now(), drawn: None }
    }

    fn draw(&self) -> ProgressBar {
        // Where stderr is no terminal, nothing is drawn.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len} events, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.with_message(self.doing).with_elapsed(self.begun.elapsed())
    }
}

impl Progress for Bar {
    fn folded(&mut self, done: u64, all: u64) {
        if self.drawn.is_none() && self.begun.elapsed() > PATIENCE {
            self.drawn = Some(self.draw());
        }
        if let Some(bar) = &self.drawn {
            bar.set_length(all);
            bar.set_position(done);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
    }
}
