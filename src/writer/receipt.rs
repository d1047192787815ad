//! What a submitter is told.

use events::{EventId, Kind, Moment, Recorded, Ref, SubjectId, TOLD_MAX};
use projections::rules::{Warning, Warnings};
use serde::{Deserialize, Serialize};

use crate::journal::Incarnation;

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was recorded.
    Recorded(Receipt),
    /// It had been recorded before: the first receipt, again.
    Replayed(Receipt),
    /// It would have been recorded.
    Tried(Receipt),
}

/// How a ledger is named in receipts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) slug: String,
    pub(crate) incarnation: Incarnation,
}

/// The receipt of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The ledger's slug.
    pub ledger: String,
    /// The incarnation of the ledger that answers: its numbers count events in this one.
    pub incarnation: Incarnation,
    /// The number of its first event.
    pub first_seq: u64,
    /// The number of its last event.
    pub last_seq: u64,
    /// When the ledger learnt it.
    pub recorded_at: Moment,
    /// Its events.
    pub events: Vec<ReceiptEvent>,
    /// What the rules advise.
    pub warnings: Vec<Warning>,
}

/// One event of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptEvent {
    /// Its number.
    pub seq: u64,
    /// Its id.
    pub id: EventId,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What it is about.
    pub subject: SubjectId,
    /// The ref given to what it drafted; null for others.
    #[serde(rename = "ref")]
    pub given: Option<Ref>,
}

impl Receipt {
    /// The receipt of recorded events, in order; there is at least one. Of warnings that were recorded without a limit, the
    /// first are told.
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
    // The line that counts the others comes on top.
    if warnings.len() <= TOLD_MAX + 1 {
        return warnings;
    }
    let mut told = Warnings::default();
    warnings.into_iter().for_each(|warning| told.add(|| warning));
    told.into_told()
}
