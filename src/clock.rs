//! The machine's clocks, and the guard that keeps a wrong one out of the ledger.
//!
//! ```text
//! doubt.rs    decides, from figures alone, whether a clock can be trusted
//! kept.rs     the file `clock` of a data folder: when it was last seen in order, and what was accepted
//! guard.rs    asks both for every entry that is recorded
//! ```
//!
//! What is recorded under a wrong clock stays: times only rise, so one entry of 2099 puts all that follow behind it there
//! too. The guard compares the wall clock with itself (with how long the machine has run, with what it said before), never
//! with the age of the last event: a demo, a copy, a restored backup and a quiet ledger are old on purpose.

mod doubt;
mod guard;
mod kept;

use std::fmt;
use std::time::Duration;

use chrono::Utc;
use events::Moment;
use rustix::time::{ClockId, clock_gettime};

pub(crate) use guard::Guard;

/// The wall clock of a machine beside the clock that nobody sets.
pub struct Clocks {
    wall: Box<dyn Fn() -> Moment + Send + Sync>,
    running: Box<dyn Fn() -> Duration + Send + Sync>,
    built: Moment,
}

impl Clocks {
    /// The clocks of this machine.
    pub fn of_this_machine() -> Clocks {
        Clocks { wall: Box::new(now), running: Box::new(running), built: built() }
    }

    /// Clocks as arguments: the wall clock, how long the machine has run, its sleep included, and the day the program was
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

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The wall clock, which people and time servers set.
    pub(crate) wall: Moment,
    /// Time since the machine was started, its sleep included.
    pub(crate) running: Duration,
}

/// The wall clock's time.
pub(crate) fn now() -> Moment {
    Moment::from(Utc::now())
}

/// Time since the machine was started, its sleep included: a laptop that slept over a weekend has not jumped.
fn running() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: ClockId = ClockId::Monotonic;
    let time = clock_gettime(CLOCK);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or_default(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// The day of this source: no clock is right that says an earlier one. Raised with each release.
///
/// It is a constant, not the time of compilation, so that the same source gives the same program, so that a compiler whose
/// clock is wrong makes none that refuses every right one, and so that nothing is compiled again for a date. Whoever packages
/// the program sets `SOURCE_DATE_EPOCH` while compiling, as for other reproducible builds.
const SOURCE_DAY: &str = "2026-11-22T00:00:00Z";

/// The day the program was built, as far as a reproducible build knows it.
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

    /// Raised too late, a program of last year's source takes this year's clock for one that is far ahead; raised too far, it
    /// takes today's for one that was put back.
    #[test]
    fn the_day_of_the_source_goes_with_its_history() {
        let log = ["-C", env!("CARGO_MANIFEST_DIR"), "log", "-1", "--format=%cI"];
        let Ok(last) = std::process::Command::new("git").args(log).output() else { return };
        // A source without its history has nothing to be held against.
        let Ok(last) = Moment::parse(String::from_utf8_lossy(&last.stdout).trim()) else { return };
        let days = (last.micros() - Moment::parse(SOURCE_DAY).unwrap().micros()) / (24 * 60 * 60 * 1_000_000);
        assert!((0..180).contains(&days), "SOURCE_DAY is {days} days before the last commit: raise it");
    }
}
