//! Whether a clock can be trusted, decided from figures alone.

use std::fmt;

use events::Moment;

use super::Reading;
use super::kept::Accepted;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How far the wall clock's advance may differ from the time that has passed. Time servers correct by less.
const DRIFT_MAX: i64 = 10 * MINUTE;

/// How far a clock may be behind the last event: the machine that recorded it may have been ahead by as much.
const BEHIND_MAX: i64 = DAY;

/// How long a folder may rest before a clock that says so is asked about. Ledgers are opened more often than that, and
/// mistakes (a year that is mistyped, a battery that is flat) are larger.
const AHEAD_MAX: i64 = 400 * DAY;

/// What is known when a data folder is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    /// What the wall clock says.
    pub(super) wall: Moment,
    /// The day the program was built.
    pub(super) built: Moment,
    /// When the last event of any ledger was recorded; none in a folder without events.
    pub(super) last_event: Option<Moment>,
    /// When a server last found the clock in order.
    pub(super) seen: Option<Moment>,
    /// The clock that was accepted last, with what was known then.
    pub(super) accepted: Option<Accepted>,
}

/// Why a clock is not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It says a time before the program was built.
    BeforeBuild { wall: Moment, built: Moment },
    /// It says a time before the last event.
    BeforeLastEvent { wall: Moment, last_event: Moment },
    /// It says a time long after everything that is known.
    FarAhead { wall: Moment, latest: Moment },
    /// It has gone on by another time than has passed.
    Jumped { wall: Moment, since: Moment, by: i64 },
}

/// Returns what speaks against the wall clock at a start.
pub(super) fn at_start(facts: &Facts) -> Option<Doubt> {
    let Facts { wall, built, last_event, seen, accepted } = *facts;
    // An accepted clock stands in the place of what spoke against it, and of nothing else: of another build, or of events
    // that were recorded under yet another clock, nobody said anything.
    let earliest = accepted.filter(|accepted| accepted.built == built).map_or(built, |accepted| {
        let at = accepted.at.micros().saturating_sub(BEHIND_MAX);
        Moment::from_micros(at).map_or(built, |at| at.min(built))
    });
    let last_event = last_event.map(|last| {
        let covers = |accepted: &Accepted| accepted.last_event.is_some_and(|then| apart(last, then) <= BEHIND_MAX);
        (last, accepted.filter(covers).map_or(last, |accepted| accepted.at.min(last)))
    });
    if wall < earliest {
        return Some(Doubt::BeforeBuild { wall, built });
    }
    let (last_event, last_known) = last_event?;
    if apart(last_known, wall) > BEHIND_MAX {
        return Some(Doubt::BeforeLastEvent { wall, last_event });
    }
    let latest = last_known.max(earliest).max(seen.unwrap_or(earliest));
    (apart(wall, latest) > AHEAD_MAX).then_some(Doubt::FarAhead { wall, latest })
}

/// Returns what speaks against the wall clock after it was found in order: it is to have gone on by the time that has passed.
pub(super) fn of_advance(before: Reading, now: Reading) -> Option<Doubt> {
    let passed = now.running.as_micros().abs_diff(before.running.as_micros());
    let passed = i64::try_from(passed).unwrap_or(i64::MAX);
    let passed = if now.running < before.running { -passed } else { passed };
    let by = apart(now.wall, before.wall).saturating_sub(passed);
    (by.abs() > DRIFT_MAX).then_some(Doubt::Jumped { wall: now.wall, since: before.wall, by })
}

/// By how many microseconds one moment is later than another.
fn apart(later: Moment, earlier: Moment) -> i64 {
    later.micros().saturating_sub(earlier.micros())
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Doubt::BeforeBuild { wall, built } => write!(
                f,
                "the machine's clock says {wall}, which is {} before this program was built ({built})",
                Span(apart(built, wall))
            ),
            Doubt::BeforeLastEvent { wall, last_event } => write!(
                f,
                "the machine's clock says {wall}, which is {} before the last event was recorded ({last_event})",
                Span(apart(last_event, wall))
            ),
            Doubt::FarAhead { wall, latest } => write!(
                f,
                "the machine's clock says {wall}, which is {} after anything this data folder knows of ({latest})",
                Span(apart(wall, latest))
            ),
            Doubt::Jumped { wall, since, by } => write!(
                f,
                "the machine's clock says {wall}: since it said {since} it was put {} by {}",
                if by < 0 { "back" } else { "forward" },
                Span(by)
            ),
        }
    }
}

/// A length of time in words, whichever way it goes.
struct Span(i64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.saturating_abs();
        if micros >= 2 * DAY {
            write!(f, "{} days", micros / DAY)
        } else if micros >= 2 * HOUR {
            write!(f, "{} hours", micros / HOUR)
        } else {
            write!(f, "{} minutes", micros / MINUTE)
        }
    }
}

#[cfg(test)]
mod tests;
