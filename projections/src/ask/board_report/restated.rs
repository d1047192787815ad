//! Restatements: reported figures that are better known now, recomputed for the time of issue.
//!
//! ```text
//! reported   events up to the one the report refers to
//! restated   those, and later events about earlier times: corrections, backdated check-ins, corrected measurements
//! ```
//!
//! Both are judged at the time of issue. Policies adopted later are ignored: they change no report.

use std::collections::{BTreeMap, BTreeSet};

use events::{EventId, Kind, Metric, Recorded, Ref, SubjectId, Text, TimeZone};
use serde::{Deserialize, Serialize};

use super::BoardReportHead;
use super::restating::Restating;
use crate::ask::changes::differing;
use crate::ask::feed::{feed, was_so_by};
use crate::ask::{AsOf, Asked, Board, BoardAsk, History, board, words};
use crate::calendar::before;
use crate::rows::{BoardReportRow, CycleRow, Error, FieldChange, JsonText, Rows, row};

/// Figures of a report that are better known now than at the time of issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restatements {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the restated figures are computed.
    pub as_of: AsOf,
    /// The report compared.
    pub report: BoardReportHead,
    /// Figures that differ: the cycle's own, then each objective's followed by those of its key results.
    pub figures: Vec<RestatedFigure>,
    /// The events that changed these figures, in order of recording.
    pub events: Vec<Restating>,
}

/// A reported figure and its restated value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestatedFigure {
    /// The kind of subject the figure belongs to.
    pub kind: RestatedSubject,
    /// Client-chosen id of the subject, unique in the ledger.
    pub id: SubjectId,
    /// The subject's ref; null for a cycle.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
    /// The subject's title.
    pub title: Text,
    /// The name of the field on the board.
    pub figure: String,
    /// The value as reported; null if it was unknown.
    pub reported: JsonText,
    /// The value for the time of issue, as known now.
    pub restated: JsonText,
    /// The restatement as a sentence.
    pub says: String,
    /// The seqs of the events that bear on the figure.
    pub events: Vec<u64>,
}

/// The subject of a restated figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestatedSubject {
    /// The cycle as a whole.
    Cycle,
    /// One objective.
    Objective,
    /// One key result.
    KeyResult,
}

/// Fields about the history of check-ins and changes rather than about the state of goals.
const NO_FIGURES: [&str; 4] = ["previous_confidence", "last_check_in_on", "adjustments", "counts.adjusted"];

/// Returns the restated figures of a report; `None` if there is no report with that id.
pub fn restatements<R: Rows + ?Sized>(
    history: &impl History,
    asked: &Asked<'_, R>,
    id: &str,
) -> Result<Option<Restatements>, Error> {
    let Some(report) = BoardReportRow::find(asked.rows, id)?.map(BoardReportHead::of) else { return Ok(None) };
    let cycle = report.cycle.as_str();
    let mut later = Later::default();
    let known_now = feed(history, asked, cycle, |event| later.keeps(event, &report))?;
    let rows = history.as_of(report.stands_on)?;
    let whole = BoardAsk::default();
    let reported = board(&report.as_issued(history, asked, &rows)?, cycle, &whole)?;
    let Some(restated) = board(&Asked { at: report.time, ..asked.of(&known_now) }, cycle, &whole)? else {
        return Ok(None);
    };
    let figures = figures(reported.as_ref(), &restated, &later);
    let zone = row::<CycleRow>(&known_now, &CycleRow::key_of(cycle))?.map_or(TimeZone::UTC, |cycle| cycle.time_zone);
    let cited: BTreeSet<u64> = figures.iter().flat_map(|figure| figure.events.iter().copied()).collect();
    let mut events: Vec<Recorded> = later.events.into_values().flatten().collect();
    events.sort_by_key(|event| event.seq);
    let events = events.iter().filter(|event| cited.contains(&event.seq)).map(|event| Restating::of(event, zone));
    let events = events.collect();
    Ok(Some(Restatements { ledger: asked.ledger.to_owned(), as_of: asked.as_of, report, figures, events }))
}

fn figures(reported: Option<&Board>, restated: &Board, later: &Later) -> Vec<RestatedFigure> {
    let (of_board, objectives) = differing(reported, restated);
    let all = sorted(later.events.values().flatten().map(|event| event.seq));
    // The cause may have a different subject, such as the closing of the cycle.
    let or_all = |some: Vec<u64>| if some.is_empty() { all.clone() } else { some };
    let cycle = Named {
        kind: RestatedSubject::Cycle,
        id: restated.cycle.id.clone(),
        given: None,
        title: restated.cycle.title.clone(),
    };
    let mut figures = cycle.figures(of_board, None, &all);
    for objective in objectives {
        let shown = restated.objectives.iter().find(|shown| shown.id == objective.id);
        let members: Vec<_> = shown.iter().flat_map(|shown| &shown.key_results).collect();
        let own = later.about(&objective.id);
        let of_members = members.iter().flat_map(|member| later.about(&member.id));
        let because = or_all(sorted(own.iter().copied().chain(of_members)));
        let (kind, given, title) = (RestatedSubject::Objective, Some(objective.given), objective.title);
        figures.extend(Named { kind, id: objective.id, given, title }.figures(objective.changes, None, &because));
        for key_result in objective.key_results {
            let because = or_all(sorted(own.iter().copied().chain(later.about(&key_result.id))));
            let metric = members.iter().find(|member| member.id == key_result.id).map(|member| &member.metric);
            let (kind, given, title) = (RestatedSubject::KeyResult, Some(key_result.given), key_result.title);
            let named = Named { kind, id: key_result.id, given, title };
            figures.extend(named.figures(key_result.changes, metric, &because));
        }
    }
    figures
}

/// Events recorded after a report about the time before it, by subject.
#[derive(Default)]
struct Later {
    events: BTreeMap<SubjectId, Vec<Recorded>>,
    /// Check-ins that count. A correction of any other check-in does not concern the time of the report.
    check_ins: BTreeSet<EventId>,
}

impl Later {
    /// Returns true if the event belongs to the restated board; remembers those unknown to the report.
    fn keeps(&mut self, event: &Recorded, report: &BoardReportHead) -> bool {
        // The report's own event changes no figure. Events at the same moment that were recorded after it count as
        // later.
        let was_known = event.seq <= report.stands_on || event.seq == report.seq;
        if !was_known && (event.fact.kind() == Kind::PolicyAdopted || !was_so_by(event, before(report.time))) {
            return false;
        }
        let counts = match event.fact.corrects() {
            Some(check_in) => self.check_ins.contains(check_in),
            None if event.fact.kind() == Kind::CheckInRecorded => self.check_ins.insert(event.id.clone()),
            None => true,
        };
        if !was_known && counts {
            self.events.entry(event.subject.clone()).or_default().push(event.clone());
        }
        true
    }

    fn about(&self, id: &SubjectId) -> Vec<u64> {
        self.events.get(id).into_iter().flatten().map(|event| event.seq).collect()
    }
}

fn sorted(seqs: impl Iterator<Item = u64>) -> Vec<u64> {
    seqs.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The subject of some figures.
struct Named {
    kind: RestatedSubject,
    id: SubjectId,
    given: Option<Ref>,
    title: Text,
}

impl Named {
    fn figures(&self, changes: Vec<FieldChange>, metric: Option<&Metric>, because: &[u64]) -> Vec<RestatedFigure> {
        let figures = changes.into_iter().filter(|change| !NO_FIGURES.contains(&change.field.as_str()));
        figures.map(|change| self.figure(change, metric, because)).collect()
    }

    fn figure(&self, change: FieldChange, metric: Option<&Metric>, because: &[u64]) -> RestatedFigure {
        let title = format!("“{}”", self.title);
        let whose = self.given.map_or_else(|| title.clone(), |given| format!("{given} {title}"));
        let value = |value| words::value(&change.field, value, metric);
        let (was, is) = (value(&change.from), value(&change.to));
        let says = format!(
            "{whose}: {} was reported as {was}; it is now known to have been {is}.",
            words::name(&change.field)
        );
        RestatedFigure {
            kind: self.kind,
            id: self.id.clone(),
            given: self.given,
            title: self.title.clone(),
            figure: change.field,
            reported: change.from,
            restated: change.to,
            says,
            events: because.to_vec(),
        }
    }
}
