//! The journal's contract as tests, run in full on every implementation.
//!
//! A test module calls `contract::promises!(with)`. The function `with` creates an empty journal and passes it to the
//! test of one promise.

mod reading;
mod recording;

use chrono::{DateTime, Utc};

pub(super) use self::reading::*;
pub(super) use self::recording::*;
use super::{
    Entry, Error, Head, Incarnation, Incarnations, Journal, LedgerLog, LedgerNo, Line, Recorded, to_microsecond,
};

/// Declares one test for each promise, with the same name.
macro_rules! promises {
    ($with:path) => {
        $crate::journal::contract::promises! { $with;
            // Ledgers
            ledgers_are_numbered_from_one_in_the_order_of_their_making
            a_header_comes_back_as_it_was_given
            a_taken_slug_is_refused_and_leaves_the_ledgers_as_they_were
            a_new_ledger_has_no_history
            incarnations_come_back_as_they_were_set_and_nothing_else_changes
            an_unknown_ledger_is_refused_whatever_is_asked
            // Dense
            a_ledger_begins_at_one
            a_gap_or_a_seq_taken_is_refused
            within_a_group_each_entry_follows_the_one_before
            an_entry_without_events_is_refused
            an_empty_group_is_nothing_to_do
            // Once
            an_id_is_recorded_once_in_a_ledger
            an_id_stands_once_in_an_entry_and_once_in_a_group
            the_same_id_in_another_ledger_is_another_event
            an_id_that_begins_with_another_is_its_own
            seq_of_finds_an_id_where_it_was_recorded
            // Whole
            a_group_with_one_bad_entry_leaves_nothing
            what_was_refused_can_be_recorded_later
            // Increasing
            a_time_that_does_not_increase_is_refused
            times_are_kept_to_the_microsecond
            a_time_before_1970_is_kept
            each_ledger_has_a_time_of_its_own
            // Unchanged
            bytes_come_back_as_they_were_given
            what_was_read_once_reads_the_same_after_more_was_recorded
            // Reading
            ledgers_interleaved_in_a_group_keep_apart
            events_come_in_pages_and_end_with_the_history
            events_come_by_bytes_and_one_at_least
            an_event_is_found_by_its_seq_only
            an_entry_is_found_by_any_seq_within_it
            seq_at_is_the_last_seq_known_at_a_moment
            seq_at_finds_every_entry_of_a_long_history
            readers_beside_the_appender_see_whole_groups_only
        }
    };
    ($with:path; $($promise:ident)*) => {
        $(
            #[test]
            fn $promise() {
                $with($crate::journal::contract::$promise);
            }
        )*
    };
}
pub(super) use promises;

/// Returns the moment this many microseconds after the first.
pub(super) fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_777_885_200_000_000 + micros).unwrap()
}

/// Returns an entry whose events contain their id and ledger.
pub(super) fn entry(ledger: LedgerNo, first_seq: u64, micros: i64, ids: &[&str]) -> Entry {
    let line = |id: &&str| Line { id: id.to_string(), bytes: format!("{id} of ledger {ledger}").into() };
    let note = format!("a note at {first_seq}").into();
    Entry { ledger, first_seq, recorded_at: at(micros), note, lines: ids.iter().map(line).collect() }
}

/// Returns the events that reading the entries should yield.
pub(super) fn events_of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<Recorded> {
    let event = |entry: &Entry, line: &Line, seq| Recorded {
        seq,
        recorded_at: to_microsecond(entry.recorded_at),
        bytes: line.bytes.clone(),
    };
    let events =
        |entry: &'a Entry| entry.lines.iter().zip(entry.first_seq..).map(move |(line, seq)| event(entry, line, seq));
    entries.into_iter().flat_map(events).collect()
}

/// Everything a journal returns for one ledger, for comparison.
#[derive(Debug, PartialEq)]
pub(super) struct LedgerContents {
    log: LedgerLog,
    head: Head,
    events: Vec<Recorded>,
    /// Indexed by seq, from 0 to the one after the head.
    entries: Vec<Option<Entry>>,
    /// For each id.
    seqs: Vec<Option<u64>>,
}

/// Returns everything a journal contains.
pub(super) fn all(journal: &dyn Journal) -> Vec<LedgerContents> {
    let contents = |log: LedgerLog| {
        let head = journal.head(log.no).unwrap();
        let events = journal.events(log.no, 0, usize::MAX).unwrap();
        let entries = (0..=head.seq + 1).map(|seq| journal.entry(log.no, seq).unwrap()).collect::<Vec<_>>();
        let ids = entries.iter().flatten().flat_map(|entry| &entry.lines).map(|line| &line.id);
        let seqs = ids.map(|id| journal.seq_of(log.no, id).unwrap()).collect();
        LedgerContents { log, head, events, entries, seqs }
    };
    journal.logs().unwrap().into_iter().map(contents).collect()
}

fn ledger(journal: &dyn Journal, slug: &str) -> LedgerNo {
    journal.create(slug, b"").unwrap().no
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) {
    assert!(matches!(result, Err(Error::Refused(_))), "not refused: {result:?}");
}
