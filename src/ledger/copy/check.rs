//! Checks that a copy is complete and valid.

use std::collections::HashSet;
use std::fmt;
use std::io::BufRead;

use events::{LedgerSlug, Moment, Recorded};
use xxhash_rust::xxh3::xxh3_128;

use super::lines::{CopyFault, Lines};
use crate::journal::Incarnations;
use crate::ledger::Header;

/// Faults reported individually; the others are counted.
const FAULTS_MAX: usize = 20;

/// A copy that was read to its end without faults.
#[derive(Debug)]
pub struct CheckedCopy {
    /// The slug of the copied ledger.
    pub ledger: LedgerSlug,
    /// The metadata of the copied ledger.
    pub header: Header,
    /// The incarnations of the copied ledger; `None` in a copy from before they existed.
    pub incarnations: Option<Incarnations>,
    /// Number of events.
    pub events: u64,
    /// Number of entries.
    pub entries: u64,
    /// When the last entry was recorded.
    pub recorded_at: Option<Moment>,
}

impl CheckedCopy {
    /// Returns the incarnations of a ledger that imports the copy.
    pub(super) fn named(&self, importer: &Incarnations) -> Incarnations {
        let copy = self.incarnations.as_ref();
        copy.map_or_else(|| importer.clone(), |copy| importer.with_copy(copy, self.events))
    }
}

/// The faults of a copy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CopyFaults {
    /// The first faults, at least one, in the order of lines.
    pub faults: Vec<CopyFault>,
    /// Number of further faults.
    pub more: u64,
}

impl CopyFaults {
    fn add(&mut self, fault: CopyFault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }
}

impl From<CopyFault> for CopyFaults {
    fn from(fault: CopyFault) -> CopyFaults {
        CopyFaults { faults: vec![fault], more: 0 }
    }
}

impl std::error::Error for CopyFaults {}

/// Writes each fault on its own line.
impl fmt::Display for CopyFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.faults.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            fault.fmt(f)?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

/// Reads a copy to its end and checks that it can be imported: dense numbers, increasing times, readable events that
/// agree with their entry, and no repeated id. Records nothing.
pub fn check_copy(copy: impl BufRead) -> Result<CheckedCopy, CopyFaults> {
    let mut lines = Lines::new(copy);
    let (ledger, header, incarnations) = lines.first()?;
    let mut check = Check {
        copy: CheckedCopy { ledger, header, incarnations, events: 0, entries: 0, recorded_at: None },
        next_seq: Some(1),
        ids: HashSet::new(),
        found: CopyFaults::default(),
    };
    loop {
        match lines.read() {
            Ok(true) => check.entry(&lines),
            Ok(false) => break,
            Err(fault) => {
                check.found.add(fault);
                break;
            }
        }
    }
    if !check.found.faults.is_empty() {
        return Err(check.found);
    }
    match check.copy.incarnations.as_ref().and_then(|incarnations| incarnations.fault(check.copy.events)) {
        Some(says) => Err(CopyFault { line: 1, says }.into()),
        None => Ok(check.copy),
    }
}

struct Check {
    copy: CheckedCopy,
    /// The number the next entry must begin with; unknown after a line that cannot be read.
    next_seq: Option<u64>,
    /// Hashes of the ids, 16 bytes each: there can be many millions, of any length.
    ids: HashSet<u128>,
    found: CopyFaults,
}

impl Check {
    fn entry(&mut self, lines: &Lines<impl BufRead>) {
        let entry = match lines.parsed() {
            Ok(entry) => entry,
            Err(fault) => {
                self.next_seq = None;
                return self.found.add(fault);
            }
        };
        let mut find = |says: String| self.found.add(lines.fault(says));
        if let Some(wanted) = self.next_seq.filter(|wanted| *wanted != entry.first_seq) {
            find(format!("expected event {wanted}, but the entry begins with {}", entry.first_seq));
        }
        let recorded_at = entry.recorded_at;
        if self.copy.recorded_at.is_some_and(|last| last >= recorded_at) {
            find(format!("it was recorded at {recorded_at}, which is not later than the previous entry"));
        }
        let mut seq = entry.first_seq;
        for event in &entry.events {
            match Recorded::decode(event.get().as_bytes()) {
                Err(error) => find(format!("event {seq}: {error}")),
                Ok(event) => {
                    if event.seq != seq || event.recorded_at != recorded_at {
                        find(format!(
                            "the event `{}` has another `seq` or `recordedtime` than its place in the copy",
                            event.id
                        ));
                    }
                    if !self.ids.insert(xxh3_128(event.id.as_str().as_bytes())) {
                        find(format!("the id `{}` occurs twice in the copy", event.id));
                    }
                }
            }
            seq = seq.saturating_add(1);
        }
        self.next_seq = Some(seq);
        self.copy.recorded_at = Some(recorded_at);
        self.copy.events += entry.events.len() as u64;
        self.copy.entries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::copy;
    use super::*;

    fn faults(lines: &[String]) -> Vec<String> {
        let found = check_copy(lines.join("\n").as_bytes()).unwrap_err();
        found.to_string().lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_fault_is_told_with_its_line_and_once() {
        let mut lines = copy(12);
        lines[3] = "{".into();
        lines[5] = lines[5].replace("\"id\":\"e5\"", "\"id\":\"e1\"");
        lines[7] = lines[7].replace("okr.team.formed", "okr.team.formes");
        lines.remove(10);
        let found = faults(&lines);
        assert_eq!(found.len(), 4, "{found:?}");
        for (found, wanted) in found.iter().zip([
            "line 4: EOF",
            "line 6: the id `e1` occurs twice in the copy",
            "line 8: event 7: unknown event type `okr.team.formes`",
            "line 11: expected event 10, but the entry begins with 11",
        ]) {
            assert!(found.starts_with(wanted), "{found}");
        }
    }

    #[test]
    fn of_many_faults_the_first_are_told_and_the_others_counted() {
        let mut lines = copy(50);
        lines.iter_mut().skip(1).for_each(|line| *line = line.replace("\"seq\":", "\"seq\":1"));
        let found = faults(&lines);
        assert_eq!((found.len(), found.last().map(String::as_str)), (FAULTS_MAX + 1, Some("and 30 more")), "{found:?}");
    }

    #[test]
    fn an_event_that_names_its_id_twice_is_found_before_anything_is_taken() {
        let mut lines = copy(3);
        lines[2] = lines[2].replace("\"id\":\"e2\"", "\"id\":\"e7\",\"id\":\"e2\"");
        assert_eq!(faults(&lines).len(), 1);
    }

    #[test]
    fn what_is_no_copy_at_all_is_one_fault() {
        assert!(faults(&["{}".into(), "{}".into()])[0].starts_with("line 1: it is not the first line of"));
        assert_eq!(faults(&[String::new()]), ["line 1: the copy is empty"]);
    }
}
