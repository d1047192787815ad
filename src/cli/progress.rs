//! Progress of long operations: a bar on a terminal, nothing elsewhere.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ledger::operations::{Cancelled, Step};
use crate::views::Progress;

/// Shorter operations show no bar, because it would only flicker.
const PATIENCE: Duration = Duration::from_millis(300);

/// Templates by the unit counted.
const EVENTS: &str = "{msg} {wide_bar} {human_pos} of {human_len} events, {eta} left";
const STEPS: &str = "{msg} {wide_bar} {human_pos} of {human_len}, {eta} left";
const BYTES: &str = "{msg} {wide_bar} {bytes} of {total_bytes}, {eta} left";

/// A progress bar on stderr. It disappears when dropped.
pub(crate) struct Bar {
    doing: Cow<'static, str>,
    template: &'static str,
    begun: Instant,
    drawn: Option<ProgressBar>,
}

impl Bar {
    pub(crate) fn new(doing: &'static str) -> Bar {
        Bar { doing: doing.into(), template: EVENTS, begun: Instant::now(), drawn: None }
    }

    /// Creates a bar that counts bytes read from a file.
    pub(crate) fn of_bytes(doing: &'static str) -> Bar {
        let mut bar = Bar::new(doing);
        bar.template = BYTES;
        bar
    }

    /// Creates a bar for an operation, each step of which has its own unit.
    pub(crate) fn of_steps(doing: &'static str) -> Bar {
        let mut bar = Bar::new(doing);
        bar.template = STEPS;
        bar
    }

    /// Shows a step of an operation.
    pub(crate) fn step(&mut self, step: &Step) {
        if self.doing != step.doing {
            self.doing = step.doing.clone();
            if let Some(bar) = &self.drawn {
                bar.set_message(self.doing.clone());
            }
        }
        self.folded(step.done, step.all);
    }

    /// Shows a step of an operation in this process, which cannot be cancelled.
    pub(crate) fn on_step(&mut self, step: &Step) -> Result<(), Cancelled> {
        self.step(step);
        Ok(())
    }

    fn draw(&self) -> ProgressBar {
        // Draws nothing if stderr is no terminal.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(self.template);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.with_message(self.doing.clone()).with_elapsed(self.begun.elapsed())
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

/// A bar shared by the reader that moves it and the code that prints lines.
#[derive(Clone)]
pub(crate) struct SharedBar(Rc<RefCell<Bar>>);

impl SharedBar {
    pub(crate) fn of_bytes(doing: &'static str) -> SharedBar {
        SharedBar(Rc::new(RefCell::new(Bar::of_bytes(doing))))
    }

    /// Runs `write` while the bar is hidden.
    pub(crate) fn while_hidden<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0.borrow().drawn {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        if let Some(bar) = self.0.borrow_mut().drawn.take() {
            bar.finish_and_clear();
        }
    }
}

impl Progress for SharedBar {
    fn folded(&mut self, done: u64, all: u64) {
        self.0.borrow_mut().folded(done, all);
    }
}

/// A reader that advances a bar.
pub(crate) struct Watched<R, P> {
    file: R,
    read: u64,
    all: u64,
    bar: P,
}

impl<R, P: Progress> Watched<R, P> {
    /// Wraps a file of `all` bytes.
    pub(crate) fn new(file: R, all: u64, bar: P) -> Watched<R, P> {
        Watched { file, read: 0, all, bar }
    }

    fn moved(&mut self, by: usize) {
        self.read += by as u64;
        // A file can grow, and the length of stdin is unknown.
        self.bar.folded(self.read, self.all.max(self.read));
    }
}

impl<R: Read, P: Progress> Read for Watched<R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.moved(read);
        Ok(read)
    }
}

impl<R: BufRead, P: Progress> BufRead for Watched<R, P> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.file.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.file.consume(amount);
        self.moved(amount);
    }
}
