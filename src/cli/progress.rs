//! Progress of long work: a bar on a terminal, nothing elsewhere.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ledger::operations::Step;
use crate::views::Progress;

/// Work that is done sooner needs no bar: it would only flicker.
const PATIENCE: Duration = Duration::from_millis(300);

/// A bar that counts events. It is drawn on stderr, and vanishes when it is dropped.
pub(crate) struct Bar {
    doing: Cow<'static, str>,
    begun: Instant,
    drawn: Option<ProgressBar>,
}

impl Bar {
    pub(crate) fn new(doing: &'static str) -> Bar {
        Bar { doing: doing.into(), begun: Instant::now(), drawn: None }
    }

    fn draw(&self) -> ProgressBar {
        // Where stderr is no terminal, nothing is drawn.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos} of {human_len}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.with_message(self.doing.clone()).with_elapsed(self.begun.elapsed())
    }
}

impl Bar {
    /// Takes up a step of an operation.
    pub(crate) fn step(&mut self, step: &Step) {
        if self.doing != step.doing {
            self.doing = step.doing.clone();
            if let Some(bar) = &self.drawn {
                bar.set_message(self.doing.clone());
            }
        }
        self.folded(step.done, step.all);
    }
}

impl Progress for Bar {
    fn folded(&mut self, done: u64, all: u64) {
        if self.drawn.is_none() && self.begun.elapsed() > PATIENCE {
            self.drawn = Some(self.draw());
        }
        if let Some(bar) = &self.drawn {
            bar.set_length(all.max(done));
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
