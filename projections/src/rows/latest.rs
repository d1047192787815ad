//! What a key result's check-ins say last.

use events::{CheckInRecorded, Confidence, Moment, Number, Status, Text};
use serde::{Deserialize, Serialize};

use super::{CheckIn, packed};

/// Something stated by a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated<T> {
    /// What was stated.
    pub what: T,
    /// When it was so, says the check-in.
    pub time: Moment,
    /// The check-in's event.
    pub seq: u64,
}

impl<T> Stated<T> {
    fn order(&self) -> (Moment, u64) {
        (self.time, self.seq)
    }
}

/// What a key result's check-ins say last. "Last" goes by `time`, of two at one time by seq; each field by the last
/// check-in that states it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The current value.
    pub value: Option<Stated<Number>>,
    /// The milestones done.
    #[serde(with = "packed::stated")]
    pub milestones_done: Option<Stated<Vec<Text>>>,
    /// The confidence.
    pub confidence: Option<Stated<Confidence>>,
    /// The confidence stated before that.
    pub previous_confidence: Option<Stated<Confidence>>,
    /// How it stands, from the last check-in that states a status or a confidence; `None` inside where that one states
    /// no status, so that an old status never outlives a newer confidence.
    pub status: Option<Stated<Option<Status>>>,
    /// What is in the way, as the last check-in has it; a check-in without blockers says there are none.
    #[serde(with = "packed::stated")]
    pub blockers: Option<Stated<Vec<Text>>>,
}

impl Latest {
    /// What these check-ins say last, in whatever order they come.
    pub fn of<'a>(check_ins: impl IntoIterator<Item = &'a CheckIn>) -> Latest {
        let mut latest = Latest::default();
        for check_in in check_ins {
            latest.take(check_in.at.time, check_in.at.seq, &check_in.says);
        }
        latest
    }

    /// Takes in one more check-in. The order of taking makes no difference.
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

    /// When the last check-in was made, by its own time.
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

/// What tells where a key result stands.
pub trait Tells {
    /// The current value.
    fn value(&self) -> Option<Number>;
    /// How sure the owner is.
    fn confidence(&self) -> Option<Confidence>;
    /// How it stands, where the owner says so.
    fn status(&self) -> Option<Status>;
    /// The milestones done so far.
    fn milestones_done(&self) -> Option<&[Text]>;
    /// What is in the way.
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
