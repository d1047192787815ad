//! The machine's clocks, and the guard that keeps a wrong one out of the ledger.
//!
//! ```text
//! doubt.rs    decides, from figures alone, whether a clock can be trusted
//! kept.rs     the file `clock` of a data folder: when the clock was last found in order, and which clock was accepted
//! guard.rs    consults both for every entry that is recorded
//! ```
//!
//! Events recorded under a wrong clock cannot be corrected: times only increase, so one entry dated 2099 forces all
//! later entries to 2099 as well. The guard compares the wall clock with itself (with the machine's uptime and with
//! earlier readings), never with the age of the last event: a demo, a copy, a restored backup and a quiet ledger are
//! old on purpose.

mod doubt;
mod guard;
mod kept;

use std::fmt;
use std::time::Duration;

use chrono::Utc;
use events::Moment;
use rustix::time::{ClockId, clock_gettime};

pub(crate) use guard::Guard;

/// The wall clock of a machine, and the clock of its uptime, which no one sets.
pub struct Clocks {
    wall: Box<dyn Fn() -> Moment + Send + Sync>,
    running: Box<dyn Fn() -> Duration + Send + Sync>,
    built: Moment,
}

impl Clocks {
    /// Returns the clocks of this machine.
    pub fn of_this_machine() -> Clocks {
        Clocks { wall: Box::new(now), running: Box::new(running), built: built() }
    }

    /// Takes the clocks as arguments: the wall clock, the machine's uptime including sleep, and the day the program was
    /// built.
    pub fn given(
        wall: impl Fn() -> Moment + Send + Sync + 'static,
        running: impl Fn() -> Duration + Send + Sync + 'static,
        built: Moment,
    ) -> Clocks {
        Clocks { wall: Box::new(wall), running: Box::new(running), built }
    }

    fn read(&self) -> Reading {
        Reading { wall: (self.wall)(), running: (self.running)() }
    }
}

impl fmt::Debug for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clocks").field("built", &self.built).finish_non_exhaustive()
    }
}

/// Both clocks read at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Set by people and time servers.
    pub(crate) wall: Moment,
    /// Time since the machine was started, including sleep.
    pub(crate) running: Duration,
}

pub(crate) fn now() -> Moment {
    Moment::from(Utc::now())
}

/// Returns the time since the machine was started. Time asleep counts: for a laptop that slept over a weekend the clock
/// has not jumped.
fn running() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: ClockId = ClockId::Monotonic;
    let time = clock_gettime(CLOCK);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The day of this source; a clock that shows an earlier day is wrong. Raised with each release.
///
/// A constant instead of the time of compilation, for three reasons: the same source gives the same program; a compiler
/// with a wrong clock cannot build a program that refuses every right clock; and a new day recompiles nothing.
/// Packagers set `SOURCE_DATE_EPOCH` when compiling, as for other reproducible builds.
const SOURCE_DAY: &str = "2026-11-22T00:00:00Z";

/// Returns the day the program was built, as precisely as a reproducible build knows it.
fn built() -> Moment {
    let epoch = option_env!("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.trim().parse::<i64>().ok());
    let packaged = epoch.and_then(|seconds| Moment::from_micros(seconds.checked_mul(1_000_000)?));
    let source = Moment::parse(SOURCE_DAY);
    packaged.or(source.ok()).unwrap_or_else(|| Moment::from(chrono::DateTime::UNIX_EPOCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_the_source_is_one_and_this_machine_has_run_for_a_while() {
        assert!(Moment::parse(SOURCE_DAY).is_ok());
        assert!(built() <= now());
        let before = running();
        assert!(before > Duration::ZERO && running() >= before);
    }

    /// If SOURCE_DAY is raised too late, a program built from last year's source takes this year's clock for one far
    /// ahead. If it is raised too far, the program takes today's clock for one that was put back.
    #[test]
    fn the_day_of_the_source_goes_with_its_history() {
        let log = ["-C", env!("CARGO_MANIFEST_DIR"), "log", "-1", "--format=%cI"];
        let Ok(last) = std::process::Command::new("git").args(log).output() else { return };
        // A source tree without its history has nothing to compare with.
        let Ok(last) = Moment::parse(String::from_utf8_lossy(&last.stdout).trim()) else { return };
        let days = (last.micros() - Moment::parse(SOURCE_DAY).unwrap().micros()) / (24 * 60 * 60 * 1_000_000);
        assert!((0..180).contains(&days), "SOURCE_DAY is {days} days before the last commit: raise it");
    }
}
