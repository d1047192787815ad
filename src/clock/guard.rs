//! The guard: supplies the time for every entry. Questions do not need it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use events::Moment;

use super::doubt::{Doubt, Facts, at_start, of_advance};
use super::kept::{Accepted, Kept};
use super::{Clocks, Reading};

/// Interval at which the checks of the start are repeated while they refuse the clock: a time server may have set it
/// meanwhile.
const AGAIN: Duration = Duration::from_secs(60);

/// Interval at which a clock in order is noted in the file `clock`.
const KEPT_EVERY: Duration = Duration::from_secs(60 * 60);

/// Returns when the last event of a folder was recorded; `None` in a folder without events.
type LastEvent = Box<dyn Fn() -> Option<Moment> + Send + Sync>;

/// Decides whether the machine's clock is good enough to record by.
pub(crate) struct Guard {
    clocks: Clocks,
    folder: PathBuf,
    last_event: LastEvent,
    state: Mutex<State>,
    /// True once the doubt has been logged, so that each doubt is logged once.
    is_logged: AtomicBool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// The checks of the start refuse the clock. They last ran at this uptime.
    Refused { doubt: Doubt, checked: Duration },
    /// The clock was in order at `since` and must have advanced with the time that has passed. After a jump, it is in
    /// order again as soon as that holds.
    InOrder { since: Reading, kept: Option<Duration> },
}

impl Guard {
    /// Runs the checks of the start.
    pub(crate) fn new(clocks: Clocks, folder: &Path, last_event: LastEvent) -> Guard {
        let now = clocks.read();
        let state = Mutex::new(State::InOrder { since: now, kept: None });
        let guard = Guard { clocks, folder: folder.into(), last_event, state, is_logged: AtomicBool::new(false) };
        let begun = guard.started(now);
        *guard.state() = begun;
        guard
    }

    /// Returns the time to record by, or the reason why recording is paused.
    pub(crate) fn now(&self) -> Result<Moment, String> {
        let now = self.clocks.read();
        self.doubt(now).map_or(Ok(now.wall), |doubt| Err(self.says(doubt)))
    }

    /// Accepts the clock as it is now and returns the doubt about it. A clock without doubt is not accepted, so that a
    /// later jump is not accepted in advance.
    pub(crate) fn accept(&self) -> std::io::Result<(Moment, Option<Doubt>)> {
        let now = self.clocks.read();
        let state = *self.state();
        if matches!(state, State::Refused { .. }) {
            // The acceptance is for the clock as it is now, not as it was at the last check.
            let begun = self.started(now);
            *self.state() = begun;
        }
        let Some(doubt) = self.doubt(now) else { return Ok((now.wall, None)) };
        let accepted = Accepted { at: now.wall, last_event: (self.last_event)(), built: self.clocks.built };
        Kept { seen: Some(now.wall), accepted: Some(accepted) }.write(&self.folder)?;
        tracing::warn!("the clock was accepted although {doubt}");
        *self.state() = State::InOrder { since: now, kept: Some(now.running) };
        Ok((now.wall, Some(doubt)))
    }

    /// Called about once a minute while a server runs: logs changes of the doubt, and notes once an hour that the clock
    /// is in order.
    pub(crate) fn tick(&self) {
        let now = self.clocks.read();
        let doubt = self.doubt(now);
        match (doubt, self.is_logged.swap(doubt.is_some(), Ordering::Relaxed)) {
            (Some(doubt), false) => tracing::warn!("{}", self.says(doubt)),
            (None, true) => {
                tracing::info!(now = %now.wall, "the machine's clock is in order again: recording has resumed")
            }
            _ => {}
        }
        // A folder without events has no time that could be contradicted later.
        if doubt.is_some() || (self.last_event)().is_none() {
            return;
        }
        let State::InOrder { kept, .. } = *self.state() else { return };
        if kept.is_some_and(|kept| now.running.saturating_sub(kept) < KEPT_EVERY) {
            return;
        }
        let kept = Kept { seen: Some(now.wall), ..Kept::read(&self.folder) };
        if let Err(error) = kept.write(&self.folder) {
            tracing::warn!("cannot write the file `clock` in {}: {error}", self.folder.display());
        }
        // Small corrections of the clock are counted from here, so that a year of them does not add up to a jump.
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
            "{doubt}. Recording is paused, because events recorded under a wrong clock cannot be corrected. Set the \
             clock, and recording resumes within a minute; or, if the clock is right, run `okr-ledger accept-clock \
             --data {}`",
            self.folder.display()
        )
    }

    // A poisoned lock is usable: a state is replaced as a whole.
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
