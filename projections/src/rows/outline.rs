//! Outlines of the check-ins on one key result: which log row states which field. Long texts are not read, so the
//! latest values can be recomputed cheaply after a correction or as of an earlier moment.

use std::collections::BTreeMap;

use events::{CheckInCorrected, Confidence, Moment, Number, Patch, Status, Text};
use serde::Deserialize;

use super::brief::FirstFields;
use super::{CheckInLog, Error, KeyResultPlace, Latest, Row as _, Rows, Said, Stated, Stored, Tells, decode, row};

/// The outline of a check-in with its corrections.
#[derive(Debug)]
struct Outline {
    seq: u64,
    time: Moment,
    value: Option<Number>,
    confidence: Option<Confidence>,
    status: Option<Status>,
    /// The seqs of the log rows that state these fields last: the check-in's own or a correction's. `None` if nothing
    /// is stated.
    milestones_in: Option<u64>,
    blockers_in: Option<u64>,
}

/// The statement of a log row, in outline.
#[derive(Deserialize)]
enum Says<'r> {
    #[serde(borrow)]
    CheckIn(CheckIn<'r>),
    Correction(Correction<'r>),
}

#[derive(Deserialize)]
struct CheckIn<'r> {
    value: Option<Number>,
    confidence: Option<Confidence>,
    status: Option<Status>,
    #[serde(borrow)]
    milestones_done: Unread<'r>,
    blockers: Unread<'r>,
}

#[derive(Deserialize)]
struct Correction<'r> {
    corrects: &'r str,
    value: Patch<Number>,
    confidence: Patch<Confidence>,
    status: Patch<Status>,
    milestones_done: Unread<'r>,
    blockers: Unread<'r>,
}

/// A packed field; its bytes are empty if the value is long.
#[derive(Deserialize)]
struct Unread<'r>(bool, #[serde(borrow)] &'r [u8]);

impl Unread<'_> {
    fn is_long(&self) -> bool {
        self.0
    }

    /// Applies a correction's field; `seq` is the seq of the correction.
    fn patches(&self, seq: u64, stated_in: &mut Option<u64>) {
        match self.1 {
            _ if self.is_long() => *stated_in = Some(seq),
            [0, ..] | [] => {}
            [_, 0, ..] => *stated_in = None,
            _ => *stated_in = Some(seq),
        }
    }
}

impl Latest {
    /// Computes the latest values from the check-ins with a time up to `last`.
    pub(crate) fn up_to(rows: &(impl Rows + ?Sized), place: &KeyResultPlace, last: Moment) -> Result<Latest, Error> {
        let mut outlines = outlines(rows, place)?;
        outlines.retain(|_, outline| outline.time <= last);
        latest(rows, place, &outlines, None)
    }

    /// Computes the latest values after the event `seq` corrects the check-in recorded as `corrected`.
    pub(crate) fn corrected(
        rows: &(impl Rows + ?Sized),
        place: &KeyResultPlace,
        corrected: u64,
        correction: (u64, &CheckInCorrected),
    ) -> Result<Latest, Error> {
        let mut outlines = outlines(rows, place)?;
        if let Some(outline) = outlines.get_mut(&corrected) {
            let (seq, says) = correction;
            says.value.apply(&mut outline.value);
            says.confidence.apply(&mut outline.confidence);
            says.status.apply(&mut outline.status);
            for (patch, stated_in) in
                [(&says.milestones_done, &mut outline.milestones_in), (&says.blockers, &mut outline.blockers_in)]
            {
                match patch {
                    Patch::Keep => {}
                    Patch::Withdraw => *stated_in = None,
                    Patch::Set(_) => *stated_in = Some(seq),
                }
            }
        }
        latest(rows, place, &outlines, Some(correction))
    }
}

/// Fills in the lists, which outlines do not contain. `correction` is a log row not written yet.
fn latest(
    rows: &(impl Rows + ?Sized),
    place: &KeyResultPlace,
    outlines: &BTreeMap<u64, Outline>,
    correction: Option<(u64, &CheckInCorrected)>,
) -> Result<Latest, Error> {
    let mut latest = Latest::default();
    for outline in outlines.values() {
        latest.take(outline.time, outline.seq, outline);
    }
    let said = |seq: u64| -> Result<Option<Said>, Error> {
        match correction.filter(|(own, _)| *own == seq) {
            Some((_, says)) => Ok(Some(Said::Correction(says.clone()))),
            None => Ok(row::<CheckInLog>(rows, &place.check_ins().seq(seq))?.map(|line| line.said)),
        }
    };
    let line = |stated: &Stated<Vec<Text>>, within: fn(&Outline) -> Option<u64>| {
        outlines.get(&stated.seq).and_then(within).map_or(Ok(None), said)
    };
    if let Some(stated) = &mut latest.milestones_done {
        stated.what = match line(stated, |outline| outline.milestones_in)? {
            Some(Said::CheckIn(says)) => says.milestones_done.unwrap_or_default(),
            Some(Said::Correction(says)) => set(says.milestones_done),
            None => Vec::new(),
        };
    }
    if let Some(stated) = &mut latest.blockers {
        stated.what = match line(stated, |outline| outline.blockers_in)? {
            Some(Said::CheckIn(says)) => says.blockers,
            Some(Said::Correction(says)) => set(says.blockers),
            None => Vec::new(),
        };
    }
    Ok(latest)
}

fn set(patch: Patch<Vec<Text>>) -> Vec<Text> {
    match patch {
        Patch::Set(list) => list,
        Patch::Keep | Patch::Withdraw => Vec::new(),
    }
}

/// Reads the outlines of the check-ins on a key result, by seq.
fn outlines(rows: &(impl Rows + ?Sized), place: &KeyResultPlace) -> Result<BTreeMap<u64, Outline>, Error> {
    let prefix = place.check_ins();
    let mut found = BTreeMap::new();
    let mut by_id: BTreeMap<String, u64> = BTreeMap::new();
    rows.scan(&prefix, &prefix, &mut |key, bytes| {
        let damaged = || match decode::<CheckInLog>(rows, key, bytes) {
            Err(error) => error,
            Ok(line) => Error::Damaged(format!("a row of the check-in log has no outline: {:?}", line.key())),
        };
        let stored = Stored::of(bytes).ok_or_else(damaged)?;
        let FirstFields { event_id, at, said, .. } =
            stored.outline::<FirstFields<'_, Says<'_>>>().ok_or_else(damaged)?;
        match said {
            Says::CheckIn(says) => {
                let milestones_in = (says.milestones_done.is_long() || says.milestones_done.1 != [0]).then_some(at.seq);
                let blockers_in = (says.blockers.is_long() || says.blockers.1 != [0]).then_some(at.seq);
                let (value, confidence, status) = (says.value, says.confidence, says.status);
                let (seq, time) = (at.seq, at.time);
                let outline = Outline { seq, time, value, confidence, status, milestones_in, blockers_in };
                found.insert(seq, outline);
                // An imported copy may contain an id twice; a correction then applies to the first.
                by_id.entry(event_id.to_owned()).or_insert(seq);
            }
            Says::Correction(says) => {
                if let Some(outline) = by_id.get(says.corrects).and_then(|seq| found.get_mut(seq)) {
                    says.value.apply(&mut outline.value);
                    says.confidence.apply(&mut outline.confidence);
                    says.status.apply(&mut outline.status);
                    says.milestones_done.patches(at.seq, &mut outline.milestones_in);
                    says.blockers.patches(at.seq, &mut outline.blockers_in);
                }
            }
        }
        Ok(true)
    })?;
    Ok(found)
}

impl Tells for Outline {
    fn value(&self) -> Option<Number> {
        self.value
    }
    fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
    fn status(&self) -> Option<Status> {
        self.status
    }
    /// Only says that milestones are stated; the list is read from the log row that states it last.
    fn milestones_done(&self) -> Option<&[Text]> {
        self.milestones_in.map(|_| [].as_slice())
    }
    fn blockers(&self) -> &[Text] {
        &[]
    }
}
