//! All events that can move a score, in order of recording.

use std::collections::BTreeMap;
use std::vec;

use events::{Fact, Formula, Kind, Recorded};

use crate::ask::feed::{bytes_of, decode};
use crate::ask::tally::Whole;
use crate::ask::{Asked, History};
use crate::rows::{Brief, ByKind, Closing, Error, Rows, TrailRow, seqs_under};

/// The formula by which scores are computed.
pub(super) struct Rules {
    pub(super) in_force: Formula,
    pub(super) closed_under: Option<Formula>,
    /// Closings of the cycle still ahead.
    pub(super) closings: vec::IntoIter<Closing>,
}

impl Rules {
    pub(super) fn formula(&self) -> Formula {
        self.closed_under.unwrap_or(self.in_force)
    }
}

pub(super) enum ScoreChange<'w> {
    Line(&'w TrailRow),
    /// A line of a check-in log.
    Log(&'w Brief),
    /// An adopted policy, with its formula.
    Policy(Box<Recorded>, Formula),
}

/// Returns all events that can move a score, by seq.
pub(super) fn order<'w, R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    whole: &'w Whole,
    logs: &'w [Brief],
) -> Result<BTreeMap<u64, ScoreChange<'w>>, Error> {
    let mut order: BTreeMap<u64, ScoreChange<'w>> = BTreeMap::new();
    for line in &whole.trail {
        order.insert(line.at.seq, ScoreChange::Line(line));
    }
    // Corrections are in both the trail and the log; the log's line takes precedence.
    order.extend(logs.iter().map(|log| (log.seq, ScoreChange::Log(log))));
    for seq in seqs_under(asked.rows, &ByKind::of(Kind::PolicyAdopted), 0, usize::MAX)? {
        let event = decode(&bytes_of(history, seq)?)?;
        if let Fact::PolicyAdopted(part) = &event.fact
            && let Some(formula) = part.formula
        {
            order.insert(seq, ScoreChange::Policy(Box::new(event), formula));
        }
    }
    Ok(order)
}
