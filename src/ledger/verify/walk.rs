//! Reads the journal and checks every event and every entry against the journal's contract. Reports unreadable records
//! and skips them.

use std::ops::RangeInclusive;

use events::{Moment, Recorded};

use super::Verdict;
use crate::journal::rocks::{EntryHead, Rocks};
use crate::journal::{self, BYTES_AT_A_TIME, Journal, LedgerLog, Span};
use crate::ledger::operations::{Error, Step, Told};
use crate::ledger::{Header, OpenError};

/// Size of one read.
const CHUNK: Span = Span { events: 1_000, bytes: BYTES_AT_A_TIME };

/// Checks all ledgers.
pub(in crate::ledger) fn walk(journal: &Rocks, verdict: &mut Verdict, report: Told<'_>) -> Result<(), Error> {
    let logs = journal.logs()?;
    let mut all = 0;
    for log in &logs {
        all += journal.head(log.no)?.seq;
    }
    for log in &logs {
        verdict.ledgers += 1;
        let header = serde_json::from_slice::<Header>(&log.header);
        // A ledger created for an import lists the events shared with the copy before all are imported.
        let copied = header.as_ref().ok().and_then(|header| header.copied).unwrap_or_default();
        let last_seq = journal.head(log.no)?.seq.max(copied);
        if let Err(error) = header {
            verdict.add(format!("ledger {}", log.slug), format!("its header cannot be read: {error}"));
        }
        if let Some(says) = log.incarnations.as_ref().and_then(|incarnations| incarnations.fault(last_seq)) {
            verdict.add(format!("ledger {}", log.slug), says);
        }
        Walker { journal, log, verdict, entry: None, entries: 0, before: None, unread: None }.walk(all, report)?;
    }
    Ok(())
}

/// Returns the incomplete imports, each with the number of events in its copy.
pub(super) fn halves(journal: &Rocks) -> Result<Vec<(LedgerLog, u64)>, OpenError> {
    let mut halves = Vec::new();
    for log in journal.logs()? {
        let copied = serde_json::from_slice::<Header>(&log.header).ok().and_then(|header| header.copied);
        let held = journal.head(log.no)?.seq;
        halves.extend(copied.filter(|all| held < *all).map(|all| (log, all)));
    }
    Ok(halves)
}

/// The entry that contains the current event.
struct Open {
    first_seq: u64,
    head: EntryHead,
}

struct Walker<'a> {
    journal: &'a Rocks,
    log: &'a LedgerLog,
    verdict: &'a mut Verdict,
    /// `None` while unknown, after a record that cannot be read.
    entry: Option<Open>,
    entries: u64,
    /// When the previous event was recorded.
    before: Option<Moment>,
    /// Adjacent events that cannot be read, with their common reason.
    unread: Option<(RangeInclusive<u64>, String)>,
}

impl Walker<'_> {
    fn walk(mut self, all: u64, report: Told<'_>) -> Result<(), Error> {
        let (no, head) = (self.log.no, self.journal.head(self.log.no)?);
        let mut seen = 0;
        while seen < head.seq {
            let mut last = head.seq.min(seen + CHUNK.events as u64);
            match self.journal.events_within(no, seen, CHUNK) {
                Ok(events) => {
                    last = events.last().map_or(last, |event| event.seq);
                    events.into_iter().for_each(|event| self.look_at(event.seq, Ok(event)));
                }
                // At least one event is damaged, so each is read separately.
                Err(_) => {
                    for seq in seen + 1..=last {
                        let event = self.journal.event(no, seq).and_then(|event| event.ok_or_else(gone));
                        self.look_at(seq, event);
                    }
                }
            }
            self.verdict.events += last - seen;
            seen = last;
            report(Step { doing: "reading the journal".into(), done: self.verdict.events, all })?;
        }
        self.add_unread();
        if self.before.is_some_and(|before| head.recorded_at != Some(before.utc())) {
            self.verdict.add(self.ledger(), "the head's time differs from that of the last event");
        }
        self.look_for_strays(head.seq);
        Ok(())
    }

    fn look_at(&mut self, seq: u64, event: Result<journal::Recorded, journal::Error>) {
        let begins = self.entry.as_ref().is_none_or(|open| seq >= open.first_seq + open.head.ids.len() as u64);
        if begins {
            self.open_entry(seq);
        }
        match event {
            Ok(event) => {
                self.add_unread();
                self.check(&event, begins);
                self.before = Some(Moment::from(event.recorded_at));
            }
            Err(error) => {
                self.cannot_read(seq, &error);
                self.before = None;
            }
        }
    }

    /// Opens the entry that begins here, if there is one.
    fn open_entry(&mut self, seq: u64) {
        let was_known = seq == 1 || self.entry.is_some();
        self.entry = match self.journal.entry_head(self.log.no, seq) {
            Ok(Some(head)) => {
                self.entries += 1;
                Some(Open { first_seq: seq, head })
            }
            Ok(None) => {
                // After an entry that cannot be read, the start of the next one is unknown.
                if was_known {
                    self.verdict.add(self.place(seq), "no entry contains it");
                }
                None
            }
            Err(error) => {
                self.verdict.add(self.place(seq), format!("its entry cannot be read: {}", self.words(seq, &error)));
                None
            }
        };
    }

    /// Checks an event against its entry, its neighbours and its own bytes.
    fn check(&mut self, event: &journal::Recorded, begins: bool) {
        let recorded_at = Moment::from(event.recorded_at);
        if let Some(before) = self.before
            && begins
            && before >= recorded_at
        {
            self.add(event, format!("{recorded_at} is not later than the previous entry ({before})"));
        }
        let listed = self.entry.as_ref().map(|open| {
            let n = usize::try_from(event.seq - open.first_seq).unwrap_or(usize::MAX);
            (open.head.recorded_at == event.recorded_at, open.head.ids.get(n).cloned())
        });
        if listed.as_ref().is_some_and(|(is_its_time, _)| !is_its_time) {
            self.add(event, "its time differs from that of its entry");
        }
        let decoded = match Recorded::decode(&event.bytes) {
            Ok(decoded) => decoded,
            Err(error) => return self.add(event, error.to_string()),
        };
        if decoded.seq != event.seq {
            self.add(event, format!("its `seq` is {}", decoded.seq));
        }
        if decoded.recorded_at != recorded_at {
            self.add(event, format!("its `recordedtime` is {}", decoded.recorded_at));
        }
        if let Some((_, Some(id))) = listed
            && id != decoded.id.as_str()
        {
            self.add(event, format!("its id is `{}`, but its entry lists `{id}`", decoded.id));
        }
        let says = match self.journal.seq_of(self.log.no, decoded.id.as_str()) {
            Ok(Some(seq)) if seq == event.seq => return,
            Ok(Some(seq)) => format!("its id `{}` leads to event {seq}", decoded.id),
            Ok(None) => format!("its id `{}` cannot be found: a retry would be recorded twice", decoded.id),
            Err(error) => format!("its id `{}` cannot be looked up: {error}", decoded.id),
        };
        self.add(event, says);
    }

    /// Detects entries and ids that belong to no event.
    fn look_for_strays(&mut self, head: u64) {
        let mut entries = 0;
        let read = self.journal.each_entry(self.log.no, |first_seq| entries += u64::from(first_seq <= head));
        match read {
            Err(error) => self.verdict.add(self.ledger(), format!("not all of its entries can be read: {error}")),
            Ok(()) if entries > self.entries && self.verdict.wrong == 0 => {
                let stray = entries - self.entries;
                self.verdict.add(self.ledger(), format!("{stray} entries begin inside others"));
            }
            Ok(()) => {}
        }
        let mut ids = 0;
        let mut beyond = Vec::new();
        let read = self.journal.each_id(self.log.no, |id, seq| {
            ids += 1;
            if seq.is_none_or(|seq| seq == 0 || seq > head) {
                beyond.push((String::from_utf8_lossy(id).into_owned(), seq));
            }
        });
        if let Err(error) = read {
            self.verdict.add(self.ledger(), format!("not all of its ids can be read: {error}"));
        }
        let named = beyond.len() as u64;
        for (id, seq) in beyond {
            let at = seq.map_or("no readable event".into(), |seq| format!("event {seq}, which does not exist"));
            self.verdict.add(self.ledger(), format!("the id `{id}` leads to {at}"));
        }
        // Each event was found by its own id, so surplus ids belong to none.
        if ids > head + named && self.verdict.wrong == 0 {
            self.verdict.add(self.ledger(), format!("{} ids belong to no event", ids - head - named));
        }
    }

    fn cannot_read(&mut self, seq: u64, error: &journal::Error) {
        let says = self.words(seq, error);
        match &mut self.unread {
            Some((range, same)) if *same == says && *range.end() + 1 == seq => *range = *range.start()..=seq,
            _ => {
                self.add_unread();
                self.unread = Some((seq..=seq, says));
            }
        }
    }

    fn add_unread(&mut self) {
        let Some((range, says)) = self.unread.take() else { return };
        let place = if range.start() == range.end() {
            self.place(*range.start())
        } else {
            format!("{}, events {} to {}", self.ledger(), range.start(), range.end())
        };
        self.verdict.add(place, format!("cannot be read: {says}"));
    }

    /// Returns an error's message without the place, which is printed before it.
    fn words(&self, seq: u64, error: &journal::Error) -> String {
        let says = match error {
            journal::Error::Damaged(says) | journal::Error::Storage(says) | journal::Error::Refused(says) => says,
        };
        says.strip_prefix(&format!("ledger {}, seq {seq}: ", self.log.no)).unwrap_or(says).to_owned()
    }

    fn add(&mut self, event: &journal::Recorded, says: impl Into<String>) {
        self.verdict.add(self.place(event.seq), says);
    }

    fn ledger(&self) -> String {
        format!("ledger {}", self.log.slug)
    }

    fn place(&self, seq: u64) -> String {
        format!("ledger {}, event {seq}", self.log.slug)
    }
}

fn gone() -> journal::Error {
    journal::Error::Damaged("it is missing".into())
}
