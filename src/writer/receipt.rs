//! The answers to submitters.

use events::{EventId, Kind, Moment, Recorded, Ref, SubjectId, TOLD_MAX};
use projections::rules::{Warning, Warnings};
use serde::{Deserialize, Serialize};

use crate::journal::Incarnation;

/// The outcome of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The entry was recorded.
    Recorded(Receipt),
    /// The entry had been recorded before; this is the original receipt.
    Replayed(Receipt),
    /// The entry would have been recorded.
    Tried(Receipt),
}

/// The name of a ledger in receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) slug: String,
    pub(crate) incarnation: Incarnation,
}

/// The receipt of an entry: its numbers, time and warnings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The ledger's slug.
    pub ledger: String,
    /// The ledger's incarnation. `first_seq` and `last_seq` count events in it.
    pub incarnation: Incarnation,
    /// The seq of the first event.
    pub first_seq: u64,
    /// The seq of the last event.
    pub last_seq: u64,
    /// When the ledger recorded the entry.
    pub recorded_at: Moment,
    /// The recorded events, in order; at least one.
    pub events: Vec<ReceiptEvent>,
    /// Advice from the rules.
    pub warnings: Vec<Warning>,
}

/// One event of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptEvent {
    /// The event's number in the ledger.
    pub seq: u64,
    /// The event's id, as submitted.
    pub id: EventId,
    /// The event type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// The id of the subject.
    pub subject: SubjectId,
    /// The ref assigned to a drafted subject; null for other events.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
}

impl Receipt {
    /// Returns the receipt of recorded events, in order; there must be at least one. Of warnings recorded without a
    /// limit, only the first are included.
    pub(super) fn of(ledger: &Named, recorded_at: Moment, events: &[Recorded], warnings: Vec<Warning>) -> Receipt {
        Receipt {
            ledger: ledger.slug.clone(),
            incarnation: ledger.incarnation,
            first_seq: events.first().map_or(0, |event| event.seq),
            last_seq: events.last().map_or(0, |event| event.seq),
            recorded_at,
            events: events
                .iter()
                .map(|event| ReceiptEvent {
                    seq: event.seq,
                    id: event.id.clone(),
                    kind: event.fact.kind(),
                    subject: event.subject.clone(),
                    given: event.given,
                })
                .collect(),
            warnings: first_of(warnings),
        }
    }
}

fn first_of(warnings: Vec<Warning>) -> Vec<Warning> {
    // The limit does not include the line that counts the omitted warnings.
    if warnings.len() <= TOLD_MAX + 1 {
        return warnings;
    }
    let mut told = Warnings::default();
    warnings.into_iter().for_each(|warning| told.add(|| warning));
    told.into_told()
}
