//! Gathers a pack from the questions. All of them use the same rows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::{Moment, Ref, SubjectId, Text};
use projections::ask::{
    AsOf, Asked, Board, BoardAsk, ConfidenceLine, History, audit_cycle, board, board_reports, confidence_of_cycle,
    restatements, rows_on, teams,
};
use projections::rows::Rows;

use super::{Adjustment, CheckIn, Pack};
use crate::ledger::{Error, Ledger, Look};

#[derive(Debug, Clone, Default)]
pub(crate) struct PackAsk {
    pub(crate) board: BoardAsk,
    /// The state on this day instead of the latest known state.
    pub(crate) on: Option<NaiveDate>,
    /// Leaves out all but the board, for formats that need no more: in a large cycle most of the work is in the
    /// check-ins.
    pub(crate) is_bare: bool,
}

/// Gathers the pack of a cycle; `None` if there is no such cycle.
pub(crate) fn gather(ledger: &Ledger, look: &Look<'_>, cycle: &str, ask: &PackAsk) -> Result<Option<Pack>, Error> {
    let asked = look.asked();
    let pack = match ask.on {
        None => of(&ledger.past(), &asked, cycle, ask)?,
        Some(day) => match rows_on(&ledger.past(), &asked, cycle, day)? {
            None => None,
            Some((rows, at)) => {
                let then = Asked { ledger: asked.ledger, rows: &rows, as_of: asked.as_of, at };
                of(&ledger.past(), &then, cycle, ask)?
            }
        },
    };
    let (question, judged_at) = question(&asked, ask);
    Ok(pack.map(|pack| Pack { organisation: ledger.header().title.clone(), question, judged_at, ..pack }))
}

/// Returns the parameters that select the same board again, and the moment that dates are judged by if no event
/// determines it.
fn question<R: ?Sized>(asked: &Asked<'_, R>, ask: &PackAsk) -> (String, Option<Moment>) {
    let AsOf { seq, recorded_at } = asked.as_of;
    // A question about an event is judged from the event's recording on. An earlier time means the clock was set back.
    let judged_at = recorded_at.is_some_and(|recorded_at| recorded_at < asked.at).then_some(asked.at);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("as_of", &judged_at.map_or_else(|| seq.to_string(), |at| at.to_string()));
    if let Some(day) = ask.on {
        query.append_pair("on", &day.to_string());
    }
    for (name, value) in parts(&ask.board) {
        query.append_pair(name, &value);
    }
    (query.finish(), judged_at)
}

/// Gathers the pack from rows, without the organisation's name, which rows do not contain.
pub(super) fn of<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    cycle: &str,
    ask: &PackAsk,
) -> Result<Option<Pack>, Error> {
    let Some(board) = board(asked, cycle, &ask.board)? else { return Ok(None) };
    if ask.is_bare {
        let (question, judged_at) = question(asked, ask);
        return Ok(Some(Pack { filters: filters(&ask.board), on: ask.on, ..Pack::bare(board, question, judged_at) }));
    }
    let Some(audit) = audit_cycle(asked, cycle)? else { return Ok(None) };
    let Some(confidence) = confidence_of_cycle(asked, cycle)? else { return Ok(None) };
    let shown = Shown::on(&board);
    let adjustments = audit.trail.into_iter().filter(|item| item.adjustment).filter_map(|item| {
        let (objective, given, title) = shown.0.get(&item.subject)?.clone();
        Some(Adjustment { objective, given, title, item })
    });
    let check_ins = confidence.history.into_iter().filter_map(|stated| {
        let (_, given, title) = shown.0.get(&stated.key_result)?.clone();
        Some(CheckIn { given, title, stated })
    });
    let filters = filters(&ask.board);
    let reports = board_reports(asked, Some(cycle))?.map(|reports| reports.board_reports).unwrap_or_default();
    let mut restated = Vec::new();
    for report in reports {
        if let Some(mut one) = restatements(history, asked, report.id.as_str())? {
            one.figures.retain(|figure| filters.is_empty() || shown.0.contains_key(&figure.id));
            one.events.retain(|event| one.figures.iter().any(|figure| figure.events.contains(&event.seq)));
            restated.push(one);
        }
    }
    let weeks = confidence.subject.parts.iter().filter_map(|line| shown.part(line)).collect();
    let (question, judged_at) = question(asked, ask);
    Ok(Some(Pack {
        organisation: String::new(),
        question,
        judged_at,
        adjustments: adjustments.collect(),
        check_ins: check_ins.collect(),
        teams: teams(asked)?,
        restatements: restated,
        confidence: filters.is_empty().then_some(confidence.subject),
        weeks,
        filters,
        on: ask.on,
        board,
    }))
}

/// The goals on a board, each with its objective, its ref and its title.
struct Shown(BTreeMap<SubjectId, (SubjectId, Ref, Text)>);

impl Shown {
    fn on(board: &Board) -> Shown {
        let mut shown = BTreeMap::new();
        for objective in &board.objectives {
            let own = objective.key_results.iter().map(|one| (&one.id, one.given, &one.title));
            for (id, given, title) in [(&objective.id, objective.given, &objective.title)].into_iter().chain(own) {
                shown.insert(id.clone(), (objective.id.clone(), given, title.clone()));
            }
        }
        Shown(shown)
    }

    /// Reduces an objective's line to the shown goals.
    fn part(&self, line: &ConfidenceLine) -> Option<ConfidenceLine> {
        self.0.get(&line.id)?;
        let parts = line.parts.iter().filter(|part| self.0.contains_key(&part.id)).cloned().collect();
        Some(ConfidenceLine { parts, ..line.clone() })
    }
}

/// Returns the filters of a board as parameters.
fn parts(ask: &BoardAsk) -> impl Iterator<Item = (&'static str, String)> {
    let said = [
        ("team", ask.team.as_ref().map(ToString::to_string)),
        ("owner", ask.owner.as_ref().map(ToString::to_string)),
        ("level", ask.level.map(|level| level.to_string())),
        ("status", ask.status.map(|status| status.as_str().to_owned())),
        ("max_confidence", ask.max_confidence.map(|most| most.number().to_string())),
    ];
    said.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// Returns the filters of a board in words.
fn filters(ask: &BoardAsk) -> Vec<String> {
    let words = |(name, value)| match name {
        "status" => format!("status {}", ask.status.map(crate::figure::status).unwrap_or_default()),
        "max_confidence" => format!("confidence at most {value}"),
        name => format!("{name} {value}"),
    };
    parts(ask).map(words).collect()
}
