//! One walk through the events of a cycle and of the whole ledger that folds each event once and describes it.

use std::collections::BTreeSet;

use events::{CheckInRecorded, Fact, Kind, Recorded, SubjectId};
use serde::{Deserialize, Serialize};

use crate::ask::cycle_events::{CycleEvents, NextEvent, Source};
use crate::ask::feed::{Happened, decode};
use crate::ask::replay_state::ReplayState;
use crate::ask::sentence::summary;
use crate::ask::{Asked, History, words};
use crate::rows::{
    Brief, Error, JsonText, Key, KeyResultRow, ObjectiveRow, Rows, SubjectKind, Table, TrailRow, row, subject,
};

/// An event as a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saying {
    /// The event's sequence number; null for a sentence about several events.
    pub seq: Option<u64>,
    /// The type of the event or events.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The objective concerned, directly or through a key result.
    pub objective: Option<SubjectId>,
    /// The sentence, in English.
    pub says: String,
}

pub(super) struct Walk<'a, H, R: ?Sized> {
    cycle_events: CycleEvents<'a, H>,
    cycle: SubjectId,
    pub(super) with_events: bool,
    pub(super) replay_state: ReplayState<'a, R>,
}

impl<'a, H: History, R: Rows + ?Sized> Walk<'a, H, R> {
    /// Check-ins in `briefs` are counted, not described one by one. Their events are read only if `with_events` is
    /// true.
    pub(super) fn through(
        history: &'a H,
        asked: &Asked<'a, R>,
        cycle: &SubjectId,
        happenings: Vec<Happened>,
        briefs: Vec<Brief>,
        with_events: bool,
    ) -> Result<Self, Error> {
        Ok(Walk {
            cycle_events: CycleEvents::of(history, asked, happenings, briefs, with_events)?,
            cycle: cycle.clone(),
            with_events,
            replay_state: ReplayState::over(asked.rows, cycle),
        })
    }

    /// Folds the events up to seq `last`; returns the cycle's events among them and their sentences.
    pub(super) fn up_to(&mut self, last: u64) -> Result<(Vec<JsonText>, Vec<Saying>), Error> {
        let mut happened = Vec::new();
        let mut says = Vec::new();
        let mut checked_in = BTreeSet::new();
        let mut check_ins = 0;
        while let Some(NextEvent { seq, source }) = self.cycle_events.next_up_to(last) {
            if let Source::CheckIn(brief, said) = &source {
                self.replay_state.check_in(brief, said)?;
                check_ins += 1;
                checked_in.insert(brief.goal);
                if self.with_events {
                    happened.push(JsonText::written(self.cycle_events.bytes(seq)?)?);
                }
                continue;
            }
            let bytes = self.cycle_events.bytes(seq)?;
            let event = decode(&bytes)?;
            self.replay_state.fold(&event)?;
            if matches!(source, Source::OfCycle) {
                says.push(saying(self.replay_state.rows(), &event, self.cycle.as_str())?);
                if self.with_events {
                    happened.push(JsonText::written(bytes)?);
                }
            }
        }
        if check_ins > 0 {
            let (check_ins, goals) = (words::count(check_ins, "check-in"), checked_in.len());
            let goals = words::count(i64::try_from(goals).unwrap_or(i64::MAX), "key result");
            says.push(Saying {
                seq: None,
                kind: Kind::CheckInRecorded,
                objective: None,
                says: format!("{check_ins} on {goals}."),
            });
        }
        Ok((happened, says))
    }
}

/// Describes an event. IMPORTANT: call it right after the fold, because it reads the event's trail line.
fn saying(rows: &impl Rows, event: &Recorded, cycle: &str) -> Result<Saying, Error> {
    let line: Option<TrailRow> = row(rows, &Key::of(Table::Trail).text(cycle).seq(event.seq))?;
    let about = line.as_ref().map_or(&event.subject, |line| &line.subject);
    let NamedGoal { named, objective, key_result } = goal(rows, about)?;
    let what = words::words(event.fact.kind().as_str().trim_start_matches("okr.")).replace('.', " ");
    let said = match (&event.fact, &key_result) {
        (Fact::CheckInRecorded(data), Some(row)) => check_in(data, row),
        (Fact::BoardReportIssued(data), _) => format!("board report issued: “{}”", data.title),
        (Fact::RetrospectiveRecorded(data), _) => match data.learnings.first() {
            Some(learnt) => format!("retrospective held; learnt: {learnt}"),
            None => "retrospective held".to_owned(),
        },
        (Fact::ThemeDeclared(data), _) => format!("theme declared: “{}”", data.title),
        _ => line.map_or(what, |line| summary(&line, key_result.as_ref().map(|row| &row.metric))),
    };
    let says = words::ended(format!("{}{said}", named.map(|named| format!("{named}: ")).unwrap_or_default()));
    Ok(Saying { seq: Some(event.seq), kind: event.fact.kind(), objective, says })
}

/// The goal a sentence is about.
#[derive(Default)]
struct NamedGoal {
    /// The goal's ref and title.
    named: Option<String>,
    /// The objective itself, or the key result's objective.
    objective: Option<SubjectId>,
    key_result: Option<KeyResultRow>,
}

fn goal(rows: &impl Rows, id: &SubjectId) -> Result<NamedGoal, Error> {
    Ok(match subject(rows, id)? {
        Some(SubjectKind::Objective(place)) => {
            let row: Option<ObjectiveRow> = row(rows, &place.key())?;
            let named = row.map(|row| format!("{} “{}”", row.given(), row.title));
            NamedGoal { named, objective: Some(id.clone()), key_result: None }
        }
        Some(SubjectKind::KeyResult(place)) => {
            let row: Option<KeyResultRow> = row(rows, &place.key())?;
            let named = row.as_ref().map(|row| format!("{} “{}”", row.given(), row.title));
            NamedGoal { named, objective: row.as_ref().map(|row| row.objective.clone()), key_result: row }
        }
        Some(SubjectKind::Team | SubjectKind::Cycle | SubjectKind::Theme(_) | SubjectKind::BoardReport(_)) | None => {
            NamedGoal::default()
        }
    })
}

/// Describes a check-in: `16.5 %, confidence 3, blocked by: Billing is down`.
pub(in crate::ask) fn check_in(data: &CheckInRecorded, row: &KeyResultRow) -> String {
    let mut parts = Vec::new();
    parts.extend(data.value.map(|value| words::value("current", &JsonText::of(&value), Some(&row.metric))));
    parts.extend(
        data.milestones_done
            .as_ref()
            .map(|done| words::count(i64::try_from(done.len()).unwrap_or(i64::MAX), "milestone") + " done"),
    );
    parts.extend(data.confidence.map(|confidence| format!("confidence {}", confidence.number())));
    parts.extend(data.status.map(|status| words::words(status.as_str())));
    if !data.blockers.is_empty() {
        let blockers: Vec<&str> = data.blockers.iter().map(events::Text::as_str).collect();
        parts.push(format!("blocked by: {}", blockers.join("; ")));
    }
    parts.extend(data.note.as_ref().map(|note| format!("“{note}”")));
    if parts.is_empty() { "checked in".into() } else { format!("checked in, {}", parts.join(", ")) }
}
