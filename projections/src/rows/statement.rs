//! Contents of check-in log rows, and their stored form with potentially long fields packed.

use std::borrow::Cow;

use events::{CheckInCorrected, CheckInRecorded, Confidence, EventId, Number, Patch, Status, Text};
use serde::{Deserialize, Serialize, Serializer};

use super::packed::Packed;

/// The content of a check-in log row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "StatementStored<'static>")]
pub enum Said {
    /// A check-in, as recorded.
    CheckIn(CheckInRecorded),
    /// A correction of a check-in.
    Correction(CheckInCorrected),
}

/// The stored form of [`Said`].
#[derive(Serialize, Deserialize)]
pub(crate) enum StatementStored<'a> {
    CheckIn(CheckInStored<'a>),
    Correction(CorrectionStored<'a>),
}

/// A packed field of an event: borrowed when written, owned when read.
type Field<'a, T> = Packed<Cow<'a, T>>;

/// A check-in. The fields that determine the state of its key result come first, so that a brief decodes only those.
#[derive(Serialize, Deserialize)]
pub(crate) struct CheckInStored<'a> {
    value: Option<Number>,
    confidence: Option<Confidence>,
    status: Option<Status>,
    milestones_done: Field<'a, Option<Vec<Text>>>,
    blockers: Field<'a, Vec<Text>>,
    note: Field<'a, Option<Text>>,
    progress: Field<'a, Vec<Text>>,
    plans: Field<'a, Vec<Text>>,
    problems: Field<'a, Vec<Text>>,
}

/// A correction, with its fields in the same order.
#[derive(Serialize, Deserialize)]
pub(crate) struct CorrectionStored<'a> {
    corrects: Cow<'a, EventId>,
    value: Patch<Number>,
    confidence: Patch<Confidence>,
    status: Patch<Status>,
    milestones_done: Field<'a, Patch<Vec<Text>>>,
    blockers: Field<'a, Patch<Vec<Text>>>,
    note: Field<'a, Patch<Text>>,
    progress: Field<'a, Patch<Vec<Text>>>,
    plans: Field<'a, Patch<Vec<Text>>>,
    problems: Field<'a, Patch<Vec<Text>>>,
    reason: Cow<'a, Text>,
}

fn field<T: Clone>(value: &T) -> Field<'_, T> {
    Packed(Cow::Borrowed(value))
}

fn own<T: Clone>(field: Field<'_, T>) -> T {
    field.0.into_owned()
}

impl<'a> From<&'a CheckInRecorded> for StatementStored<'a> {
    fn from(says: &'a CheckInRecorded) -> StatementStored<'a> {
        StatementStored::CheckIn(CheckInStored {
            value: says.value,
            confidence: says.confidence,
            status: says.status,
            milestones_done: field(&says.milestones_done),
            blockers: field(&says.blockers),
            note: field(&says.note),
            progress: field(&says.progress),
            plans: field(&says.plans),
            problems: field(&says.problems),
        })
    }
}

impl<'a> From<&'a CheckInCorrected> for StatementStored<'a> {
    fn from(says: &'a CheckInCorrected) -> StatementStored<'a> {
        StatementStored::Correction(CorrectionStored {
            corrects: Cow::Borrowed(&says.corrects),
            value: says.value.clone(),
            confidence: says.confidence.clone(),
            status: says.status.clone(),
            milestones_done: field(&says.milestones_done),
            blockers: field(&says.blockers),
            note: field(&says.note),
            progress: field(&says.progress),
            plans: field(&says.plans),
            problems: field(&says.problems),
            reason: Cow::Borrowed(&says.reason),
        })
    }
}

impl Said {
    /// Returns the check-in; `None` for a correction.
    pub fn check_in(&self) -> Option<&CheckInRecorded> {
        match self {
            Said::CheckIn(says) => Some(says),
            Said::Correction(_) => None,
        }
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Said::CheckIn(says) => StatementStored::from(says).serialize(serializer),
            Said::Correction(says) => StatementStored::from(says).serialize(serializer),
        }
    }
}

impl From<StatementStored<'_>> for Said {
    fn from(said: StatementStored<'_>) -> Said {
        match said {
            StatementStored::CheckIn(says) => Said::CheckIn(CheckInRecorded {
                value: says.value,
                confidence: says.confidence,
                status: says.status,
                note: own(says.note),
                blockers: own(says.blockers),
                progress: own(says.progress),
                plans: own(says.plans),
                problems: own(says.problems),
                milestones_done: own(says.milestones_done),
            }),
            StatementStored::Correction(says) => Said::Correction(CheckInCorrected {
                corrects: says.corrects.into_owned(),
                value: says.value,
                confidence: says.confidence,
                status: says.status,
                note: own(says.note),
                blockers: own(says.blockers),
                progress: own(says.progress),
                plans: own(says.plans),
                problems: own(says.problems),
                milestones_done: own(says.milestones_done),
                reason: says.reason.into_owned(),
            }),
        }
    }
}
