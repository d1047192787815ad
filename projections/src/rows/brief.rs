//! Check-ins in brief: only the fields that determine the state of a key result.

use events::{Confidence, Moment, Number, Status, Text};
use serde::Deserialize;

use super::packed::Packed;
use super::{CheckInLog, Error, Key, KeyResultPlace, Rows, Stamp, Stored, Tells, decode};

/// A check-in log row reduced to the fields that determine the state of its key result. The briefs of a whole cycle fit
/// into memory; the full rows would not.
#[derive(Debug, Clone)]
pub struct Brief {
    /// The seq of the event.
    pub seq: u64,
    /// The time the check-in happened, by its author.
    pub time: Moment,
    /// The key result: the ref number of its objective and its own.
    pub goal: (u32, u32),
    /// The statement of a check-in; `None` for a correction.
    pub says: Option<BriefCheckIn>,
}

/// The fields of a check-in that determine the state of its key result.
#[derive(Debug, Clone)]
pub struct BriefCheckIn {
    value: Option<Number>,
    confidence: Option<Confidence>,
    status: Option<Status>,
    milestones_done: Option<Box<[Text]>>,
    blockers: Box<[Text]>,
}

/// The first fields of a log row, up to and including the statement.
#[derive(Deserialize)]
pub(super) struct FirstFields<'r, S> {
    #[serde(borrow)]
    _after: &'r [u8],
    pub(super) place: KeyResultPlace,
    pub(super) event_id: &'r str,
    pub(super) at: Stamp,
    _actor: &'r str,
    pub(super) said: S,
}

/// A statement, decoded only as far as a brief needs it.
#[derive(Deserialize)]
enum Says {
    CheckIn(CheckIn),
    Correction,
}

#[derive(Deserialize)]
struct CheckIn {
    value: Option<Number>,
    confidence: Option<Confidence>,
    status: Option<Status>,
    milestones_done: Packed<Option<Box<[Text]>>>,
    blockers: Packed<Box<[Text]>>,
}

impl Brief {
    /// Returns the brief of a log row.
    pub fn of(line: &CheckInLog) -> Brief {
        let says = line.said.check_in().map(|says| BriefCheckIn {
            value: says.value,
            confidence: says.confidence,
            status: says.status,
            milestones_done: says.milestones_done.as_deref().map(Into::into),
            blockers: says.blockers.as_slice().into(),
        });
        Brief { seq: line.at.seq, time: line.at.time, goal: (line.place.objective_no, line.place.no), says }
    }

    /// Reads the briefs of the log rows whose keys start with `prefix`, in seq order.
    pub fn under(rows: &(impl Rows + ?Sized), prefix: &Key) -> Result<Vec<Brief>, Error> {
        let mut found = Vec::new();
        rows.scan(prefix, prefix, &mut |key, bytes| {
            let brief = Brief::read(rows, bytes).map_or_else(|| Ok(Brief::of(&decode(rows, key, bytes)?)), Ok)?;
            found.push(brief);
            Ok(true)
        })?;
        found.sort_unstable_by_key(|brief| brief.seq);
        Ok(found)
    }

    /// Decodes only the first fields of a log row.
    fn read(rows: &(impl Rows + ?Sized), line: &[u8]) -> Option<Brief> {
        let stored = Stored::of(line)?;
        let FirstFields { place, at, said, .. } = stored.beginning::<FirstFields<'_, Says>, _>(rows)?;
        let says = match said {
            Says::CheckIn(says) => Some(BriefCheckIn {
                value: says.value,
                confidence: says.confidence,
                status: says.status,
                milestones_done: says.milestones_done.0,
                blockers: says.blockers.0,
            }),
            Says::Correction => None,
        };
        Some(Brief { seq: at.seq, time: at.time, goal: (place.objective_no, place.no), says })
    }
}

impl Tells for BriefCheckIn {
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
