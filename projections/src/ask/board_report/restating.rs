//! Events recorded after a report about the time before it.

use events::{EventId, Fact, Kind, Moment, Recorded, SubjectId, Text, TimeZone};
use serde::{Deserialize, Serialize};

use crate::ask::words;
use crate::calendar::day_of;

/// An event recorded after the report about the time before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restating {
    /// The event's sequence number.
    pub seq: u64,
    /// The event's id.
    pub event_id: EventId,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The subject of the event.
    pub subject: SubjectId,
    /// The person or program that recorded it.
    pub actor: Text,
    /// When it happened, as stated by its author.
    pub time: Moment,
    /// When the ledger recorded it.
    pub recorded_at: Moment,
    /// The reason it concerns the time before the report.
    pub cause: RestatingCause,
    /// The event as a sentence.
    pub says: String,
    /// The reason its author gave.
    pub why: Option<Text>,
}

/// The reason an event concerns the time before it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RestatingCause {
    /// It corrects a check-in.
    Correction,
    /// It corrects the measurement of a key result.
    MeasurementCorrection,
    /// It happened before the report and was recorded after it.
    Backdated,
}

impl Restating {
    pub(super) fn of(event: &Recorded, zone: TimeZone) -> Self {
        let day = |moment| day_of(moment, zone);
        let days = day(event.recorded_at).signed_duration_since(day(event.time)).num_days();
        let late = if days > 0 { format!(", {} late", words::count(days, "day")) } else { String::new() };
        let what = words::words(event.fact.kind().as_str().trim_start_matches("okr.")).replace('.', " ");
        let (seq, subject, learnt) = (event.seq, &event.subject, day(event.recorded_at));
        let (cause, says) = match event.fact.corrects() {
            Some(check_in) => {
                (RestatingCause::Correction, format!("Check-in {check_in} of {subject} was corrected on {learnt}"))
            }
            None if event.fact.corrects_measurement() => (
                RestatingCause::MeasurementCorrection,
                format!("The measurement of {subject} was corrected on {learnt}"),
            ),
            None => {
                let said = format!("{subject}: {what} for {}, recorded on {learnt}{late}", day(event.time));
                (RestatingCause::Backdated, said)
            }
        };
        Restating {
            seq,
            event_id: event.id.clone(),
            kind: event.fact.kind(),
            subject: subject.clone(),
            actor: event.actor.clone(),
            time: event.time,
            recorded_at: event.recorded_at,
            cause,
            says: format!("{says} (event {seq})."),
            why: why(&event.fact).cloned(),
        }
    }
}

/// Returns the reason given by the event's author.
fn why(fact: &Fact) -> Option<&Text> {
    match fact {
        Fact::CheckInRecorded(data) => data.note.as_ref(),
        Fact::CheckInCorrected(data) => Some(&data.reason),
        Fact::KeyResultBaselineSet(data) => Some(&data.method),
        Fact::KeyResultAdjusted(data) => Some(&data.justification.statement),
        Fact::KeyResultRetired(data) => Some(&data.justification.statement),
        Fact::KeyResultReassigned(data) => Some(&data.reason),
        Fact::KeyResultScored(data) => Some(&data.rationale),
        Fact::ObjectiveAmended(data) => data.justification.as_ref().map(|given| &given.statement),
        Fact::ObjectiveRetired(data) => Some(&data.justification.statement),
        Fact::ObjectiveScored(data) => Some(&data.rationale),
        Fact::ObjectiveCarriedOver(data) => data.note.as_ref(),
        Fact::CycleClosed(data) => data.note.as_ref(),
        Fact::CycleReopened(data) => Some(&data.reason),
        Fact::BoardReportIssued(data) => data.note.as_ref(),
        Fact::AdjustmentProposed(data) => Some(&data.justification.statement),
        Fact::AdjustmentApproved(data) => data.note.as_ref(),
        Fact::AdjustmentDeclined(data) => Some(&data.note),
        Fact::AdjustmentWithdrawn(data) => data.note.as_ref(),
        Fact::PolicyAdopted(_)
        | Fact::TeamFormed(_)
        | Fact::TeamChanged(_)
        | Fact::TeamDissolved(_)
        | Fact::CycleOpened(_)
        | Fact::CycleStarted(_)
        | Fact::ThemeDeclared(_)
        | Fact::ObjectiveDrafted(_)
        | Fact::KeyResultDrafted(_)
        | Fact::KeyResultTargetSet(_)
        | Fact::RetrospectiveRecorded(_) => None,
    }
}
