//! The guard: asked for the time of every entry, and for none of a question.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::Moment;

use super::doubt::{Doubt, Facts, at_start, of_advance};
use super::kept::{Accepted, Kept};
use super::{Clocks, Reading};

/// How often the checks of the start are repeated while they refuse the clock: a time server may have set it meanwhile.
const AGAIN: Duration = Duration::from_secs(60);

/// How often it is kept that the clock is in order.
const KEPT_EVERY: Duration = Duration::from_secs(60 * 60);

/// When the last event of a folder was recorded; none where there is none.
type LastEvent = Box<dyn Fn() -> Option<Moment> + Send + Sync>;

/// What decides whether the machine's clock is good enough to record by.
pub(crate) struct Guard {
    clocks: Clocks,
    folder: PathBuf,
    last_event: LastEvent,
    state: Mutex<State>,
    /// Whether the log says that the clock is in doubt.
    is_told: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The checks of the start refuse it, and did so when the machine had run for so long.
    Refused { doubt: Doubt, checked: Duration },
    /// It was in order then, and is to have gone on as time has passed. It is again in order as soon as it has.
    InOrder { since: Reading, kept: Option<Duration> },
}

impl Guard {
    /// Begins with the checks of the start.
    pub(crate) fn new(clocks: Clocks, folder: &Path, last_event: LastEvent) -> Guard {
        let now = clocks.read();
        let state = Mutex::new(State::InOrder { since: now, kept: None });
        let guard = Guard { clocks, folder: folder.into(), last_event, state, is_told: AtomicBool::new(false) };
        let begun = guard.started(now);
        *guard.state() = begun;
        guard
    }

    /// The time to record by, or why nothing is recorded now.
    pub(crate) fn now(&self) -> Result<Moment, String> {
        let now = self.clocks.read();
        self.doubt(now).map_or(Ok(now.wall), |doubt| Err(self.says(doubt)))
    }

    /// Accepts the clock as it is now. Returns what spoke against it; nothing is accepted where nothing did, so that no
    /// later jump is accepted along with it.
    pub(crate) fn accept(&self) -> std::io::Result<(Moment, Option<Doubt>)> {
        let now = self.clocks.read();
        let state = *self.state();
        if matches!(state, State::Refused { .. }) {
            // Whoever accepts a clock asks how it is now, not how it was a minute ago.
            let begun = self.started(now);
            *self.state() = begun;
        }
        let Some(doubt) = self.doubt(now) else { return Ok((now.wall, None)) };
        let accepted = Accepted { at: now.wall, last_event: (self.last_event)(), built: self.clocks.built };
        Kept { seen: Some(now.wall), accepted: Some(accepted) }.write(&self.folder)?;
        tracing::warn!("the clock is accepted as it is: {doubt}");
        *self.state() = State::InOrder { since: now, kept: Some(now.running) };
        Ok((now.wall, Some(doubt)))
    }

    /// Called about once a minute while a server runs: logs what there is to say of the clock, and keeps every hour that it is
    /// in order.
    pub(crate) fn tick(&self) {
        let now = self.clocks.read();
        let doubt = self.doubt(now);
        match (doubt, self.is_told.swap(doubt.is_some(), Ordering::Relaxed)) {
            (Some(doubt), false) => tracing::warn!("{}", self.says(doubt)),
            (None, true) => tracing::info!(now = %now.wall, "the machine's clock is in order: recording goes on"),
            _ => {}
        }
        // A folder without events knows nothing that could be wrong later.
        if doubt.is_some() || (self.last_event)().is_none() {
            return;
        }
        let State::InOrder { kept, .. } = *self.state() else { return };
        if kept.is_some_and(|kept| now.running.saturating_sub(kept) < KEPT_EVERY) {
            return;
        }
        let kept = Kept { seen: Some(now.wall), ..Kept::read(&self.folder) };
        if let Err(error) = kept.write(&self.folder) {
            tracing::warn!("the file `clock` in {} cannot be written: {error}", self.folder.display());
        }
        // From here on small corrections of the clock count anew, so that those of a year do not add up to a jump.
        *self.state() = State::InOrder { since: now, kept: Some(now.running) };
    }

    fn doubt(&self, now: Reading) -> Option<Doubt> {
        let mut state = self.state();
        if let State::Refused { doubt, checked } = *state {
            if now.running.saturating_sub(checked) < AGAIN {
                return Some(doubt);
            }
            *state = self.started(now);
        }
        match *state {
            State::Refused { doubt, .. } => Some(doubt),
            State::InOrder { since, .. } => of_advance(since, now),
        }
    }

    fn started(&self, now: Reading) -> State {
        let Kept { seen, accepted } = Kept::read(&self.folder);
        let (built, last_event) = (self.clocks.built, (self.last_event)());
        match at_start(&Facts { wall: now.wall, built, last_event, seen, accepted }) {
            Some(doubt) => State::Refused { doubt, checked: now.running },
            None => State::InOrder { since: now, kept: None },
        }
    }

    fn says(&self, doubt: Doubt) -> String {
        format!(
            "{doubt}. Nothing is recorded, because what is recorded under a wrong clock stays: set the clock, and recording \
             goes on within a minute; or, if it is right, run `okr-ledger accept-clock --data {}`",
            self.folder.display()
        )
    }

    // A state is changed whole.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("folder", &self.folder).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
