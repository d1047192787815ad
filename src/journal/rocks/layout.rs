//! The byte layout of keys and values. These bytes are on people's disks: a layout is never changed, only joined by a
//! new format beside it, and the frozen bytes in the tests below are read forever.
//!
//! ```text
//! family   key                                value
//! books    no u32                             1 u8 | slug length u32 | slug | header
//!                                             2 u8 | slug length u32 | slug | incarnations | header
//! events   ledger u32 | seq u64               format u8 | recorded_at i64 | bytes
//! entries  ledger u32 | first_seq u64         format u8 | recorded_at i64 | count u32 | count x (length u32 | id) | note
//! ids      ledger u32 | id                    format u8 | seq u64
//!
//! incarnations: incarnation 10 x u8 | count u32 | count x (incarnation 10 x u8 | shared_to u64)
//! ```
//!
//! A row of `books` has format 1 if its ledger has no incarnation, as in journals written before incarnations existed.
//! Numbers are big-endian, so that keys sort by ledger and then by seq. Times are microseconds since 1970. The first
//! byte of every value is its format. The fields `bytes`, `header`, `note` and the id in a key extend to the end.
//!
//! An entry repeats its ids, although `ids` has them: an entry is returned as a whole, and the journal does not look
//! for an id inside the bytes.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

use crate::journal::{Earlier, Incarnation, Incarnations, LedgerLog, LedgerNo};

/// The only format so far, of all families but `books`.
const FORMAT: u8 = 1;

/// The format of a ledger with an incarnation.
const FORMAT_WITH_INCARNATIONS: u8 = 2;

/// A fault of bytes that differ from those written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("its bytes are cut short")]
    Short,
    #[error("it has too many bytes")]
    Long,
    #[error("its format {0} is unknown (was it written by a newer okr-ledger?)")]
    Format(u8),
    /// A time outside the calendar's range.
    #[error("its time is out of range")]
    Time,
    /// A slug or an id that isn't UTF-8.
    #[error("its text is not UTF-8")]
    Text,
    #[error("its incarnation is not valid")]
    Incarnation,
}

pub(super) fn ledger_key(no: LedgerNo) -> [u8; 4] {
    no.to_be_bytes()
}

/// Returns the key of an event, or of the entry that begins with it.
pub(super) fn line_key(ledger: LedgerNo, seq: u64) -> [u8; 12] {
    let mut key = [0; 12];
    key[..4].copy_from_slice(&ledger.to_be_bytes());
    key[4..].copy_from_slice(&seq.to_be_bytes());
    key
}

/// Returns the ledger and the seq in a key made by [`line_key`].
pub(super) fn read_line_key(key: &[u8]) -> Result<(LedgerNo, u64), Fault> {
    let (ledger, rest) = number(key)?;
    Ok((LedgerNo::from_be_bytes(ledger), u64::from_be_bytes(exactly(rest)?)))
}

pub(super) fn id_key(ledger: LedgerNo, id: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(4 + id.len());
    key.extend_from_slice(&ledger.to_be_bytes());
    key.extend_from_slice(id.as_bytes());
    key
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LedgerLogValue<'a> {
    pub(super) slug: &'a str,
    pub(super) header: &'a [u8],
    pub(super) incarnations: Option<Cow<'a, Incarnations>>,
}

impl<'a> LedgerLogValue<'a> {
    /// Returns `None` for a slug of 4 GiB.
    pub(super) fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut value = vec![if self.incarnations.is_some() { FORMAT_WITH_INCARNATIONS } else { FORMAT }];
        put_text(&mut value, self.slug)?;
        if let Some(incarnations) = &self.incarnations {
            put_incarnations(&mut value, incarnations)?;
        }
        value.extend_from_slice(self.header);
        Some(value)
    }

    pub(super) fn read(value: &'a [u8]) -> Result<Self, Fault> {
        let Some((&FORMAT_WITH_INCARNATIONS, rest)) = value.split_first() else {
            let (slug, header) = text(known_format(value)?)?;
            return Ok(Self { slug, header, incarnations: None });
        };
        let (slug, rest) = text(rest)?;
        let (incarnations, header) = read_incarnations(rest)?;
        Ok(Self { slug, header, incarnations: Some(Cow::Owned(incarnations)) })
    }

    pub(super) fn log(self, no: LedgerNo) -> LedgerLog {
        let Self { slug, header, incarnations } = self;
        LedgerLog { no, slug: slug.into(), header: header.into(), incarnations: incarnations.map(Cow::into_owned) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EventValue<'a> {
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) bytes: &'a [u8],
}

impl<'a> EventValue<'a> {
    /// Writes into `value`, a buffer reused from event to event.
    pub(super) fn write(self, value: &mut Vec<u8>) {
        value.clear();
        value.push(FORMAT);
        value.extend_from_slice(&self.recorded_at.timestamp_micros().to_be_bytes());
        value.extend_from_slice(self.bytes);
    }

    pub(super) fn read(value: &'a [u8]) -> Result<Self, Fault> {
        let (recorded_at, bytes) = time(known_format(value)?)?;
        Ok(Self { recorded_at, bytes })
    }
}

/// The data an entry stores in addition to its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EntryValue<'a> {
    pub(super) recorded_at: DateTime<Utc>,
    pub(super) ids: Vec<&'a str>,
    pub(super) note: &'a [u8],
}

impl<'a> EntryValue<'a> {
    /// Writes into `value`, a buffer that is reused; `None` for 4 billion events or an id of 4 GiB.
    pub(super) fn write(&self, value: &mut Vec<u8>) -> Option<()> {
        value.clear();
        value.push(FORMAT);
        value.extend_from_slice(&self.recorded_at.timestamp_micros().to_be_bytes());
        value.extend_from_slice(&u32::try_from(self.ids.len()).ok()?.to_be_bytes());
        self.ids.iter().try_for_each(|id| put_text(value, id))?;
        value.extend_from_slice(self.note);
        Some(())
    }

    pub(super) fn read(value: &'a [u8]) -> Result<Self, Fault> {
        let (recorded_at, rest) = time(known_format(value)?)?;
        let (count, mut note) = number(rest)?;
        // A damaged count must not allocate memory, so the ids are not preallocated.
        let mut ids = Vec::new();
        for _ in 0..u32::from_be_bytes(count) {
            let (id, rest) = text(note)?;
            ids.push(id);
            note = rest;
        }
        Ok(Self { recorded_at, ids, note })
    }
}

/// Returns the value stored for an id.
pub(super) fn seq_value(seq: u64) -> [u8; 9] {
    let mut value = [FORMAT; 9];
    value[1..].copy_from_slice(&seq.to_be_bytes());
    value
}

/// Returns the seq in the value of an id.
pub(super) fn read_seq(value: &[u8]) -> Result<u64, Fault> {
    Ok(u64::from_be_bytes(exactly(known_format(value)?)?))
}

fn known_format(value: &[u8]) -> Result<&[u8], Fault> {
    match value.split_first().ok_or(Fault::Short)? {
        (&FORMAT, rest) => Ok(rest),
        (&other, _) => Err(Fault::Format(other)),
    }
}

fn number<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), Fault> {
    let (number, rest) = bytes.split_first_chunk::<N>().ok_or(Fault::Short)?;
    Ok((*number, rest))
}

fn exactly<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Fault> {
    let (number, rest) = number(bytes)?;
    if rest.is_empty() { Ok(number) } else { Err(Fault::Long) }
}

fn time(bytes: &[u8]) -> Result<(DateTime<Utc>, &[u8]), Fault> {
    let (micros, rest) = number(bytes)?;
    Ok((DateTime::from_timestamp_micros(i64::from_be_bytes(micros)).ok_or(Fault::Time)?, rest))
}

fn text(bytes: &[u8]) -> Result<(&str, &[u8]), Fault> {
    let (length, rest) = number(bytes)?;
    let length = usize::try_from(u32::from_be_bytes(length)).map_err(|_| Fault::Short)?;
    let (text, rest) = rest.split_at_checked(length).ok_or(Fault::Short)?;
    Ok((std::str::from_utf8(text).map_err(|_| Fault::Text)?, rest))
}

fn read_incarnation(bytes: &[u8]) -> Result<(Incarnation, &[u8]), Fault> {
    let (letters, rest) = number(bytes)?;
    Ok((Incarnation::read(letters).map_err(|_| Fault::Incarnation)?, rest))
}

fn read_incarnations(bytes: &[u8]) -> Result<(Incarnations, &[u8]), Fault> {
    let (incarnation, rest) = read_incarnation(bytes)?;
    let (count, mut rest) = number(rest)?;
    // A damaged count must not allocate memory.
    let mut earlier = Vec::new();
    for _ in 0..u32::from_be_bytes(count) {
        let (incarnation, after) = read_incarnation(rest)?;
        let (shared_to, after) = number(after)?;
        earlier.push(Earlier { incarnation, shared_to: u64::from_be_bytes(shared_to) });
        rest = after;
    }
    Ok((Incarnations { incarnation, earlier }, rest))
}

fn put_incarnations(value: &mut Vec<u8>, incarnations: &Incarnations) -> Option<()> {
    value.extend_from_slice(incarnations.incarnation.bytes());
    value.extend_from_slice(&u32::try_from(incarnations.earlier.len()).ok()?.to_be_bytes());
    for Earlier { incarnation, shared_to } in &incarnations.earlier {
        value.extend_from_slice(incarnation.bytes());
        value.extend_from_slice(&shared_to.to_be_bytes());
    }
    Some(())
}

fn put_text(value: &mut Vec<u8>, text: &str) -> Option<()> {
    value.extend_from_slice(&u32::try_from(text.len()).ok()?.to_be_bytes());
    value.extend_from_slice(text.as_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-05-04T09:00:00.000001Z
    const NINE: i64 = 1_777_885_200_000_001;

    fn nine() -> DateTime<Utc> {
        DateTime::from_timestamp_micros(NINE).unwrap()
    }

    const BOOK: &[u8] = b"\x01\0\0\0\x04acme{\"title\":\"Acme\"}";
    const BOOK_2: &[u8] = b"\x02\0\0\0\x04acmek3vxsa2b7z\0\0\0\x01a7qfrstuvw\0\0\0\0\0\0\x01\x02{\"title\":\"Acme\"}";
    const EVENT: &[u8] = b"\x01\0\x06\x50\xfa\x27\xcc\x24\x01{\"seq\":7}";
    const ENTRY: &[u8] = b"\x01\0\x06\x50\xfa\x27\xcc\x24\x01\0\0\0\x02\0\0\0\x03e-1\0\0\0\x04e-22[]";
    const SEQ: &[u8] = b"\x01\0\0\0\0\0\0\x01\x02";

    fn entry() -> EntryValue<'static> {
        EntryValue { recorded_at: nine(), ids: vec!["e-1", "e-22"], note: b"[]" }
    }

    #[test]
    fn keys_lie_in_these_bytes_for_ever() {
        assert_eq!(ledger_key(3), *b"\0\0\0\x03");
        assert_eq!(line_key(3, 258), *b"\0\0\0\x03\0\0\0\0\0\0\x01\x02");
        assert_eq!(id_key(3, "e-1"), b"\0\0\0\x03e-1");
        assert_eq!(read_line_key(&line_key(3, 258)), Ok((3, 258)));
    }

    #[test]
    fn keys_sort_by_ledger_and_then_by_seq() {
        let in_order = [(1, 1), (1, 255), (1, 256), (1, u64::MAX), (2, 1), (256, 0)].map(|(no, seq)| line_key(no, seq));
        assert!(in_order.is_sorted());
    }

    #[test]
    fn a_ledger_of_format_1_is_read_for_ever() {
        let log = LedgerLogValue { slug: "acme", header: br#"{"title":"Acme"}"#, incarnations: None };
        assert_eq!(LedgerLogValue::read(BOOK), Ok(log.clone()));
        assert_eq!(log.to_bytes().unwrap(), BOOK);
    }

    #[test]
    fn a_ledger_of_format_2_is_read_for_ever() {
        let earlier = vec![Earlier { incarnation: "a7qfrstuvw".parse().unwrap(), shared_to: 258 }];
        let incarnations = Incarnations { incarnation: "k3vxsa2b7z".parse().unwrap(), earlier };
        let incarnations = Some(Cow::Owned(incarnations));
        let log = LedgerLogValue { slug: "acme", header: br#"{"title":"Acme"}"#, incarnations };
        assert_eq!(LedgerLogValue::read(BOOK_2), Ok(log.clone()));
        assert_eq!(log.to_bytes().unwrap(), BOOK_2);
    }

    #[test]
    fn an_event_of_format_1_is_read_for_ever() {
        let event = EventValue { recorded_at: nine(), bytes: br#"{"seq":7}"# };
        assert_eq!(EventValue::read(EVENT), Ok(event));
        let mut value = b"left over from before".to_vec();
        event.write(&mut value);
        assert_eq!(value, EVENT);
    }

    #[test]
    fn an_entry_of_format_1_is_read_for_ever() {
        assert_eq!(EntryValue::read(ENTRY), Ok(entry()));
        let mut value = b"left over from before".to_vec();
        entry().write(&mut value).unwrap();
        assert_eq!(value, ENTRY);
    }

    #[test]
    fn a_seq_of_format_1_is_read_for_ever() {
        assert_eq!(read_seq(SEQ), Ok(258));
        assert_eq!(seq_value(258), SEQ);
    }

    #[test]
    fn a_value_cut_anywhere_before_its_open_end_is_found_out() {
        for end in 0..9 {
            assert_eq!(LedgerLogValue::read(&BOOK[..end]), Err(Fault::Short), "a ledger of {end} bytes");
            assert_eq!(EventValue::read(&EVENT[..end]), Err(Fault::Short), "an event of {end} bytes");
            assert_eq!(read_seq(&SEQ[..end]), Err(Fault::Short), "a seq of {end} bytes");
        }
        for end in 0..BOOK_2.len() - 16 {
            assert_eq!(LedgerLogValue::read(&BOOK_2[..end]), Err(Fault::Short), "a ledger of {end} bytes");
        }
        for end in 0..ENTRY.len() - 2 {
            assert_eq!(EntryValue::read(&ENTRY[..end]), Err(Fault::Short), "an entry of {end} bytes");
        }
        assert_eq!(read_seq(b"\x01\0\0\0\0\0\0\x01\x02\0"), Err(Fault::Long));
    }

    #[test]
    fn a_format_of_the_future_is_named_and_not_guessed_at() {
        for format in [0, 3, 255] {
            assert_eq!(LedgerLogValue::read(&[&[format], &BOOK[1..]].concat()), Err(Fault::Format(format)));
        }
        for format in [0, 2, 255] {
            let newer = |value: &[u8]| [&[format], &value[1..]].concat();
            assert_eq!(EventValue::read(&newer(EVENT)), Err(Fault::Format(format)));
            assert_eq!(EntryValue::read(&newer(ENTRY)), Err(Fault::Format(format)));
            assert_eq!(read_seq(&newer(SEQ)), Err(Fault::Format(format)));
        }
    }

    #[test]
    fn a_time_or_a_text_that_cannot_be_is_found_out() {
        assert_eq!(EventValue::read(b"\x01\x7f\xff\xff\xff\xff\xff\xff\xff"), Err(Fault::Time));
        assert_eq!(LedgerLogValue::read(b"\x01\0\0\0\x01\xff"), Err(Fault::Text));
        assert_eq!(LedgerLogValue::read(&[&BOOK_2[..9], b"K", &BOOK_2[10..]].concat()), Err(Fault::Incarnation));
    }
}
