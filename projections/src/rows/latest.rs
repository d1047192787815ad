//! The latest check-in values of a key result.

use events::{CheckInRecorded, Confidence, Moment, Number, Status, Text};
use serde::{Deserialize, Serialize};

use super::{CheckIn, packed};

/// A value stated by a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated<T> {
    /// The stated value.
    pub what: T,
    /// The time the value applies to, by its author.
    pub time: Moment,
    /// The seq of the check-in.
    pub seq: u64,
}

impl<T> Stated<T> {
    fn order(&self) -> (Moment, u64) {
        (self.time, self.seq)
    }
}

/// The latest check-in values of a key result. The latest check-in is the one with the greatest `time`, and among equal
/// times the greatest seq. Each field comes from the latest check-in that states it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The current value of the metric.
    pub value: Option<Stated<Number>>,
    /// All milestones completed so far.
    #[serde(with = "packed::stated")]
    pub milestones_done: Option<Stated<Vec<Text>>>,
    /// The owner's confidence of reaching the target.
    pub confidence: Option<Stated<Confidence>>,
    /// The confidence stated before that.
    pub previous_confidence: Option<Stated<Confidence>>,
    /// The status, from the latest check-in that states a status or a confidence. `None` inside `Some` means that this
    /// check-in states no status: an old status never outlives a newer confidence.
    pub status: Option<Stated<Option<Status>>>,
    /// The blockers of the latest check-in; a check-in without blockers clears them.
    #[serde(with = "packed::stated")]
    pub blockers: Option<Stated<Vec<Text>>>,
}

impl Latest {
    /// Combines check-ins, in any order.
    pub fn of<'a>(check_ins: impl IntoIterator<Item = &'a CheckIn>) -> Latest {
        let mut latest = Latest::default();
        for check_in in check_ins {
            latest.take(check_in.at.time, check_in.at.seq, &check_in.says);
        }
        latest
    }

    /// Includes one more check-in. The order of calls does not matter.
    pub fn take(&mut self, time: Moment, seq: u64, says: &impl Tells) {
        later(&mut self.value, time, seq, says.value());
        later(&mut self.milestones_done, time, seq, says.milestones_done().map(<[Text]>::to_vec));
        later(&mut self.blockers, time, seq, Some(says.blockers().to_vec()));
        if says.status().is_some() || says.confidence().is_some() {
            later(&mut self.status, time, seq, Some(says.status()));
        }
        if let Some(confidence) = says.confidence() {
            let stated = Stated { what: confidence, time, seq };
            if self.confidence.as_ref().is_none_or(|last| last.order() < stated.order()) {
                self.previous_confidence = self.confidence.replace(stated);
            } else {
                later(&mut self.previous_confidence, time, seq, Some(confidence));
            }
        }
    }

    /// Returns the time of the latest check-in.
    pub fn time(&self) -> Option<Moment> {
        self.blockers.as_ref().map(|stated| stated.time)
    }
}

fn later<T>(slot: &mut Option<Stated<T>>, time: Moment, seq: u64, what: Option<T>) {
    if let Some(what) = what {
        let stated = Stated { what, time, seq };
        if slot.as_ref().is_none_or(|last| last.order() < stated.order()) {
            *slot = Some(stated);
        }
    }
}

/// The fields of a check-in that determine the state of its key result.
pub trait Tells {
    /// Returns the current value of the metric.
    fn value(&self) -> Option<Number>;
    /// Returns the owner's confidence.
    fn confidence(&self) -> Option<Confidence>;
    /// Returns the status, if the owner states one.
    fn status(&self) -> Option<Status>;
    /// Returns the milestones completed so far.
    fn milestones_done(&self) -> Option<&[Text]>;
    /// Returns the current blockers.
    fn blockers(&self) -> &[Text];
}

impl Tells for CheckInRecorded {
    fn value(&self) -> Option<Number> {
        self.value
    }
    fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
    fn status(&self) -> Option<Status> {
        self.status
    }
    fn milestones_done(&self) -> Option<&[Text]> {
        self.milestones_done.as_deref()
    }
    fn blockers(&self) -> &[Text] {
        &self.blockers
    }
}
