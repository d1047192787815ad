//! Decides from figures alone whether a clock can be trusted.

use std::fmt;

use events::Moment;

use super::Reading;
use super::kept::Accepted;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Maximum difference between the wall clock's advance and the time that has passed. Time servers correct by less.
const DRIFT_MAX: i64 = 10 * MINUTE;

/// Maximum lag of a clock behind the last event: the machine that recorded the event may have been ahead by as much.
const BEHIND_MAX: i64 = DAY;

/// Maximum time a folder may rest before a clock that claims it is doubted. Ledgers are opened more often than that,
/// and mistakes (a mistyped year, a flat battery) are larger.
const AHEAD_MAX: i64 = 400 * DAY;

/// The facts known when a data folder is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) wall: Moment,
    pub(super) built: Moment,
    /// When the last event of any ledger was recorded; `None` in a folder without events.
    pub(super) last_event: Option<Moment>,
    /// When a server last found the clock in order.
    pub(super) seen: Option<Moment>,
    /// The last accepted clock, with the facts known at that time.
    pub(super) accepted: Option<Accepted>,
}

/// A reason not to trust a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// The clock reads a time before the program was built.
    BeforeBuild { wall: Moment, built: Moment },
    /// The clock reads a time before the last event.
    BeforeLastEvent { wall: Moment, last_event: Moment },
    /// The clock reads a time long after everything known.
    FarAhead { wall: Moment, latest: Moment },
    /// The clock's advance differs from the time that has passed.
    Jumped { wall: Moment, since: Moment, by: i64 },
}

/// Returns the doubt about the wall clock at a start, if there is one.
pub(super) fn at_start(facts: &Facts) -> Option<Doubt> {
    let Facts { wall, built, last_event, seen, accepted } = *facts;
    // An acceptance replaces exactly the facts that were doubted. It does not cover another build, nor events that were
    // recorded under yet another clock.
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

/// Returns the doubt about a wall clock that was in order before: it should have advanced by the time that has passed.
pub(super) fn of_advance(before: Reading, now: Reading) -> Option<Doubt> {
    let passed = now.running.as_micros().abs_diff(before.running.as_micros());
    let passed = i64::try_from(passed).unwrap_or(i64::MAX);
    let passed = if now.running < before.running { -passed } else { passed };
    let by = apart(now.wall, before.wall).saturating_sub(passed);
    (by.abs() > DRIFT_MAX).then_some(Doubt::Jumped { wall: now.wall, since: before.wall, by })
}

/// Returns by how many microseconds one moment is later than the other.
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
                "the machine's clock says {wall}: it was put {} by {} since it last said {since}",
                if by < 0 { "back" } else { "forward" },
                Span(by)
            ),
        }
    }
}

/// A length of time in words, without its sign.
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
