//! A journal in memory, for tests and what-ifs.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, Utc};

use super::{Entry, Error, Head, Incarnations, Journal, LedgerLog, LedgerNo, Recorded, Span, Spending, to_microsecond};

/// A journal that is lost when the process ends. It fulfils the rest of the contract.
#[derive(Debug, Default)]
pub struct Memory {
    /// Ledger `n` is at `n - 1`.
    ledger_states: RwLock<Vec<LedgerState>>,
}

#[derive(Debug)]
struct LedgerState {
    log: LedgerLog,
    entries: Vec<Entry>,
    seqs: HashMap<String, u64>,
}

impl Memory {
    /// Creates a journal without ledgers.
    pub fn new() -> Self {
        Self::default()
    }

    // A poisoned lock is usable: every check that can refuse comes before the first change.
    fn reading(&self) -> RwLockReadGuard<'_, Vec<LedgerState>> {
        self.ledger_states.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn writing(&self) -> RwLockWriteGuard<'_, Vec<LedgerState>> {
        self.ledger_states.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Memory {
    fn identity(&self) -> Result<Vec<u8>, Error> {
        Ok(b"memory".to_vec())
    }

    fn logs(&self) -> Result<Vec<LedgerLog>, Error> {
        Ok(self.reading().iter().map(|ledger_state| ledger_state.log.clone()).collect())
    }

    fn create(&self, slug: &str, header: &[u8]) -> Result<LedgerLog, Error> {
        let mut ledger_states = self.writing();
        if let Some(taken) = ledger_states.iter().find(|ledger_state| ledger_state.log.slug == slug) {
            let no = taken.log.no;
            return Err(Error::Refused(format!("the slug {slug} is already used by ledger {no}")));
        }
        let no = LedgerNo::try_from(ledger_states.len() + 1)
            .map_err(|_| Error::Refused("no ledger number is left".into()))?;
        let log = LedgerLog { no, slug: slug.into(), header: header.into(), incarnations: None };
        ledger_states.push(LedgerState { log: log.clone(), entries: Vec::new(), seqs: HashMap::new() });
        Ok(log)
    }

    fn set_incarnations(&self, ledger: LedgerNo, incarnations: &Incarnations) -> Result<(), Error> {
        ledger_state_mut(&mut self.writing(), ledger)?.log.incarnations = Some(incarnations.clone());
        Ok(())
    }

    fn append(&self, group: &[Entry]) -> Result<(), Error> {
        let mut ledger_states = self.writing();
        admit(&ledger_states, group)?;
        for entry in group {
            let recorded_at = to_microsecond(entry.recorded_at);
            let ledger_state = ledger_state_mut(&mut ledger_states, entry.ledger)?;
            ledger_state.seqs.extend(entry.lines.iter().map(|line| line.id.clone()).zip(entry.first_seq..));
            ledger_state.entries.push(Entry { recorded_at, ..entry.clone() });
        }
        Ok(())
    }

    fn head(&self, ledger: LedgerNo) -> Result<Head, Error> {
        Ok(ledger_state(&self.reading(), ledger)?.head())
    }

    fn event(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Recorded>, Error> {
        let ledger_states = self.reading();
        let Some(entry) = ledger_state(&ledger_states, ledger)?.entry(seq) else {
            return Ok(None);
        };
        Ok(recorded(entry).find(|event| event.seq == seq))
    }

    fn events_within(&self, ledger: LedgerNo, after: u64, span: Span) -> Result<Vec<Recorded>, Error> {
        let ledger_states = self.reading();
        let entries = &ledger_state(&ledger_states, ledger)?.entries;
        let start = entries.partition_point(|entry| entry.last_seq() <= after);
        let events = entries[start..].iter().flat_map(recorded);
        let mut spending = Spending::of(span);
        Ok(events
            .skip_while(|event| event.seq <= after)
            .take_while(|event| spending.takes(event.bytes.len()))
            .collect())
    }

    fn entry(&self, ledger: LedgerNo, seq: u64) -> Result<Option<Entry>, Error> {
        Ok(ledger_state(&self.reading(), ledger)?.entry(seq).cloned())
    }

    fn seq_of(&self, ledger: LedgerNo, id: &str) -> Result<Option<u64>, Error> {
        Ok(ledger_state(&self.reading(), ledger)?.seqs.get(id).copied())
    }

    fn seq_at(&self, ledger: LedgerNo, moment: DateTime<Utc>) -> Result<u64, Error> {
        let ledger_states = self.reading();
        let entries = &ledger_state(&ledger_states, ledger)?.entries;
        let known = entries.partition_point(|entry| entry.recorded_at <= moment);
        Ok(entries[..known].last().map_or(0, Entry::last_seq))
    }
}

impl LedgerState {
    fn head(&self) -> Head {
        let last = self.entries.last();
        Head { seq: last.map_or(0, Entry::last_seq), recorded_at: last.map(|entry| entry.recorded_at) }
    }

    fn entry(&self, seq: u64) -> Option<&Entry> {
        let at = self.entries.partition_point(|entry| entry.last_seq() < seq);
        self.entries.get(at).filter(|entry| entry.first_seq <= seq)
    }
}

fn recorded(entry: &Entry) -> impl Iterator<Item = Recorded> + '_ {
    entry.lines.iter().zip(entry.first_seq..).map(|(line, seq)| Recorded {
        seq,
        recorded_at: entry.recorded_at,
        bytes: line.bytes.clone(),
    })
}

fn index(ledger: LedgerNo) -> usize {
    // Ledger 0 does not exist; for it the index wraps to usize::MAX, which is out of bounds.
    (ledger as usize).wrapping_sub(1)
}

fn ledger_state(ledger_states: &[LedgerState], ledger: LedgerNo) -> Result<&LedgerState, Error> {
    ledger_states.get(index(ledger)).ok_or_else(|| unknown(ledger))
}

fn ledger_state_mut(ledger_states: &mut [LedgerState], ledger: LedgerNo) -> Result<&mut LedgerState, Error> {
    ledger_states.get_mut(index(ledger)).ok_or_else(|| unknown(ledger))
}

fn unknown(ledger: LedgerNo) -> Error {
    Error::Refused(format!("there is no ledger {ledger}"))
}

/// Refuses the group if any entry does not follow the journal and the entries before it in the group.
fn admit(ledger_states: &[LedgerState], group: &[Entry]) -> Result<(), Error> {
    let mut heads = BTreeMap::new();
    let mut fresh = HashSet::new();
    for entry in group {
        let ledger = entry.ledger;
        let ledger_state = ledger_state(ledger_states, ledger)?;
        let head = heads.entry(ledger).or_insert_with(|| ledger_state.head());
        let refused = |why: String| Err(Error::Refused(format!("ledger {ledger}: {why}")));
        if entry.lines.is_empty() {
            return refused("an entry needs at least one event".into());
        }
        if entry.first_seq != head.seq + 1 {
            return refused(format!("an entry at seq {} cannot follow seq {}", entry.first_seq, head.seq));
        }
        let recorded_at = to_microsecond(entry.recorded_at);
        if let Some(last) = head.recorded_at.filter(|last| *last >= recorded_at) {
            return refused(format!("{recorded_at} is not later than {last}"));
        }
        let repeats = |id: &str| ledger_state.seqs.contains_key(id);
        if let Some(line) = entry.lines.iter().find(|line| repeats(&line.id) || !fresh.insert((ledger, &*line.id))) {
            return refused(format!("the id {} is already recorded", line.id));
        }
        *head = Head { seq: entry.last_seq(), recorded_at: Some(recorded_at) };
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{Journal, contract};
    use super::Memory;

    fn in_memory(promise: fn(&dyn Journal)) {
        promise(&Memory::new());
    }

    contract::promises!(in_memory);
}
