//! Long values of rows: each is stored once, in a row of its own under its hash, however many rows contain it.
//!
//! Every event about a goal rewrites the goal's row. If the row contained its long texts, a thousand tiny events about
//! a goal with a long metric would write that metric a thousand times. A stored row therefore refers to its long values:
//!
//! ```text
//! count varint │ count × (offset varint │ length varint │ hash 32 bytes) │ the row in postcard, without its long values
//! ```
//!
//! The offset is the position of the value among the remaining bytes. Hashes are SHA-256: two values with the same hash
//! would be confused, and anyone may submit values.
//!
//! A value is shared only if it is stored in the same form everywhere. The trail stores fields as JSON, so a long field
//! is JSON in its row too ([`Packed`](super::packed::Packed)).

use std::cell::OnceCell;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;

use super::{Error, Found, Key, Memo, Rows, RowsMut, Table};

/// Values longer than this many bytes are stored in rows of their own. Titles and typical blockers are shorter, so
/// reading them needs no lookup.
pub(super) const SHORT_MAX: usize = 256;

/// The most bytes an encoded length takes.
const LENGTH_MAX: usize = 5;

/// The bytes of a row; most rows fit inline while they are encoded.
type Bytes = SmallVec<[u8; 512]>;

/// An encoded row, and the long values it refers to.
pub(super) struct Encoded {
    pub(super) bytes: Bytes,
    longs: Vec<Long>,
}

/// A long value taken out of a row.
struct Long {
    offset: usize,
    bytes: Vec<u8>,
}

impl Long {
    fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.bytes).into()
    }
}

pub(super) fn encode(row: &impl Serialize) -> Result<Encoded, Error> {
    encode_into(RowEncoder { bytes: Bytes::new(), longs: Vec::new(), kept: 0 }, row)
}

/// Encodes a row whose first field is bytes that stay inline whatever their length.
pub(super) fn encode_keeping_first(row: &impl Serialize) -> Result<Encoded, Error> {
    // The count of long values and the length of these bytes precede them.
    encode_into(RowEncoder { bytes: Bytes::new(), longs: Vec::new(), kept: 1 + LENGTH_MAX }, row)
}

fn encode_into(mut encoder: RowEncoder, row: &impl Serialize) -> Result<Encoded, Error> {
    // The count of long values; for nearly all rows it is 0.
    encoder.bytes.push(0);
    let Encoded { bytes, longs } =
        postcard::serialize_with_flavor(row, encoder).map_err(|error| Error::Storage(error.to_string()))?;
    if longs.is_empty() {
        return Ok(Encoded { bytes, longs });
    }
    let mut whole = Bytes::new();
    put_number(&mut whole, longs.len());
    for long in &longs {
        put_number(&mut whole, long.offset);
        put_number(&mut whole, long.bytes.len());
        whole.extend_from_slice(&long.hash());
    }
    whole.extend_from_slice(bytes.get(1..).unwrap_or_default());
    Ok(Encoded { bytes: whole, longs })
}

impl Encoded {
    /// Writes the long values that are not stored yet, each under its hash, and returns the row.
    pub(super) fn write_longs(self, rows: &mut (impl RowsMut + ?Sized), seq: u64) -> Result<Bytes, Error> {
        for long in &self.longs {
            let key = key_of(&long.hash());
            if rows.get(&key)?.is_none() {
                rows.put(seq, key, &long.bytes, Memo::default())?;
            }
        }
        Ok(self.bytes)
    }
}

fn key_of(hash: &[u8; 32]) -> Key {
    hash.iter().fold(Key::of(Table::Long), |key, byte| key.byte(*byte))
}

fn put_number(bytes: &mut Bytes, number: usize) {
    let mut left = number;
    while left >= 0x80 {
        bytes.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    bytes.push(left as u8);
}

struct RowEncoder {
    bytes: Bytes,
    longs: Vec<Long>,
    /// A value that starts within this many bytes stays inline.
    kept: usize,
}

impl postcard::ser_flavors::Flavor for RowEncoder {
    type Output = Encoded;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.bytes.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if bytes.len() > SHORT_MAX && self.bytes.len() > self.kept {
            // Minus one for the count, which is not part of the row.
            self.longs.push(Long { offset: self.bytes.len() - 1, bytes: bytes.into() });
        } else {
            self.bytes.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Encoded> {
        Ok(Encoded { bytes: self.bytes, longs: self.longs })
    }
}

/// The bytes of a stored row, split for decoding.
pub(crate) struct Stored<'b> {
    longs: Vec<LongRef>,
    rest: &'b [u8],
}

/// A reference to a long value, fetched when decoding reaches it.
struct LongRef {
    offset: usize,
    length: usize,
    hash: [u8; 32],
    found: OnceCell<Found<'static>>,
}

impl<'b> Stored<'b> {
    /// Splits the bytes of a row; `None` if they are malformed.
    pub(crate) fn of(bytes: &'b [u8]) -> Option<Stored<'b>> {
        let (count, mut rest) = take_number(bytes)?;
        let mut longs = Vec::new();
        for _ in 0..count {
            let (offset, after) = take_number(rest)?;
            let (length, after) = take_number(after)?;
            let (hash, after) = after.split_first_chunk::<32>()?;
            longs.push(LongRef { offset, length, hash: *hash, found: OnceCell::new() });
            rest = after;
        }
        Some(Stored { longs, rest })
    }

    /// Returns the row without its long values.
    pub(super) fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// Decodes the row.
    pub(super) fn read<'s, T: Deserialize<'s>, R: Rows + ?Sized>(&'s self, rows: &'s R) -> Result<T, Fault> {
        if self.longs.is_empty() {
            return postcard::from_bytes(self.rest).map_err(Fault::Postcard);
        }
        let mut decoder = postcard::Deserializer::from_flavor(RowDecoder::of(self, Some(rows)));
        let read = T::deserialize(&mut decoder);
        match decoder.finalize() {
            Ok(Some(error)) => Err(Fault::Rows(error)),
            Ok(None) | Err(_) => read.map_err(Fault::Postcard),
        }
    }

    /// Decodes only the first fields of the row, as far as `T` needs; `None` if they do not decode.
    pub(crate) fn beginning<'s, T: Deserialize<'s>, R: Rows + ?Sized>(&'s self, rows: &'s R) -> Option<T> {
        T::deserialize(&mut postcard::Deserializer::from_flavor(RowDecoder::of(self, Some(rows)))).ok()
    }

    /// Like [`Stored::beginning`], but with an empty value in place of each long one, so that nothing is fetched.
    pub(super) fn outline<'s, T: Deserialize<'s>>(&'s self) -> Option<T> {
        let nothing: Option<&'s super::Memory> = None;
        T::deserialize(&mut postcard::Deserializer::from_flavor(RowDecoder::of(self, nothing))).ok()
    }
}

/// Returns true if a stored row refers to long values.
pub(super) fn names_longs(row: &[u8]) -> bool {
    row.first().is_some_and(|count| *count > 0)
}

/// Reasons why a row does not decode.
#[derive(Debug)]
pub(super) enum Fault {
    Postcard(postcard::Error),
    Rows(Error),
}

fn take_number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut number = 0_usize;
    for (n, byte) in bytes.iter().enumerate().take(LENGTH_MAX) {
        number |= usize::from(byte & 0x7f) << (7 * n);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(n + 1..)?));
        }
    }
    None
}

/// Reads the bytes of a row with its long values inserted.
struct RowDecoder<'s, R: ?Sized> {
    rest: &'s [u8],
    /// The position in `rest`.
    at: usize,
    longs: &'s [LongRef],
    rows: Option<&'s R>,
    failed: Option<Error>,
}

impl<'s, R: ?Sized> RowDecoder<'s, R> {
    fn of<'b: 's>(stored: &'s Stored<'b>, rows: Option<&'s R>) -> Self {
        RowDecoder { rest: stored.rest, at: 0, longs: &stored.longs, rows, failed: None }
    }
}

impl<'s, R: Rows + ?Sized> postcard::de_flavors::Flavor<'s> for RowDecoder<'s, R> {
    /// The error that prevented fetching a long value.
    type Remainder = Option<Error>;
    type Source = &'s [u8];

    fn pop(&mut self) -> postcard::Result<u8> {
        let byte = *self.rest.get(self.at).ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.at += 1;
        Ok(byte)
    }

    fn try_take_n(&mut self, count: usize) -> postcard::Result<&'s [u8]> {
        if let Some((long, later)) = self.longs.split_first()
            && long.offset == self.at
            && long.length == count
        {
            self.longs = later;
            let Some(rows) = self.rows else { return Ok(&[]) };
            return match long.fetch(rows) {
                Ok(bytes) => Ok(bytes),
                Err(error) => {
                    self.failed = Some(error);
                    Err(postcard::Error::DeserializeUnexpectedEnd)
                }
            };
        }
        let end = self.at.checked_add(count).ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        let bytes = self.rest.get(self.at..end).ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.at = end;
        Ok(bytes)
    }

    fn finalize(self) -> postcard::Result<Option<Error>> {
        Ok(self.failed)
    }
}

impl LongRef {
    fn fetch<R: Rows + ?Sized>(&self, rows: &R) -> Result<&[u8], Error> {
        if let Some(found) = self.found.get() {
            return Ok(found.bytes());
        }
        let found = rows.get(&key_of(&self.hash))?.filter(|found| found.bytes().len() == self.length);
        let found = found.ok_or_else(|| Error::Damaged(format!("a long value of {} bytes is missing", self.length)))?;
        Ok(self.found.get_or_init(|| found.into_owned()).bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::packed::Packed;
    use crate::rows::{Memory, Row, all, decode, put, row};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Note {
        no: u32,
        title: String,
        list: Packed<Vec<String>>,
        rest: String,
    }

    impl Row for Note {
        const TABLE: Table = Table::Team;
        fn key(&self) -> Key {
            Key::of(Table::Team).number(self.no)
        }
    }

    fn note(no: u32, title: usize, items: usize, rest: usize) -> Note {
        let list = (0..items).map(|n| format!("item {n}")).collect();
        Note { no, title: "t".repeat(title), list: Packed(list), rest: "r".repeat(rest) }
    }

    fn items_bytes(items: usize) -> usize {
        postcard::to_allocvec(&note(0, 0, items, 0).list.0).unwrap().len()
    }

    fn longs(rows: &Memory) -> Vec<Vec<u8>> {
        rows.iter().filter(|(key, _)| key.as_bytes()[0] == Table::Long as u8).map(|(_, bytes)| bytes.to_vec()).collect()
    }

    #[test]
    fn a_row_reads_as_it_was_written_whatever_the_lengths_of_its_values() {
        let lengths = [0, 1, SHORT_MAX - 1, SHORT_MAX, SHORT_MAX + 1, 70_000];
        let mut rows = Memory::new();
        let mut written = Vec::new();
        for title in lengths {
            for items in [0, 3, 25, 40, 2_000] {
                for rest in lengths {
                    let one = note(u32::try_from(written.len()).unwrap(), title, items, rest);
                    put(&mut rows, 1, &one).unwrap();
                    assert_eq!(row::<Note>(&rows, &one.key()).unwrap().as_ref(), Some(&one));
                    written.push(one);
                }
            }
        }
        assert_eq!(all::<Note>(&rows, &Key::of(Table::Team)).unwrap(), written);
        let sizes = written.iter().map(|one| rows.get(&one.key()).unwrap().unwrap().bytes().len());
        assert!(sizes.max().unwrap() < 4 * SHORT_MAX, "no row contains a long value inline");
        // Two titles, two rests, and the lists whose short form is too long: each is stored once.
        let lists = [25, 40, 2_000].iter().filter(|items| items_bytes(**items) > SHORT_MAX).count();
        assert_eq!(longs(&rows).len(), 2 + 2 + lists);
    }

    #[test]
    fn a_long_value_is_stored_once_and_a_long_list_as_the_json_of_the_trail() {
        let mut rows = Memory::new();
        for no in 0..100 {
            put(&mut rows, u64::from(no), &note(no, 5, 1_000, 400)).unwrap();
        }
        let json = serde_json::to_vec(&note(0, 5, 1_000, 400).list.0).unwrap();
        let kept = longs(&rows);
        assert!(kept.len() == 2 && kept.contains(&json));
        put(&mut rows, 200, &Note { rest: String::from_utf8(json).unwrap(), ..note(9, 5, 0, 0) }).unwrap();
        assert_eq!(longs(&rows).len(), 2, "the same text in another row is stored once");
    }

    #[test]
    fn the_first_fields_decode_without_the_rest_and_an_outline_without_long_values() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Beginning<'r> {
            no: u32,
            title: &'r str,
        }
        let mut rows = Memory::new();
        put(&mut rows, 1, &note(7, 3, 1_000, 400)).unwrap();
        put(&mut rows, 1, &note(8, 300, 0, 0)).unwrap();
        let bytes = |no: u32| rows.get(&Key::of(Table::Team).number(no)).unwrap().unwrap().bytes().to_vec();
        let (seven, eight) = (bytes(7), bytes(8));
        let nothing = Memory::new();
        let stored = Stored::of(&seven).unwrap();
        assert_eq!(stored.beginning(&nothing), Some(Beginning { no: 7, title: "ttt" }));
        let stored = Stored::of(&eight).unwrap();
        assert_eq!(stored.beginning::<Beginning<'_>, _>(&nothing), None);
        assert_eq!(stored.beginning(&rows), Some(Beginning { no: 8, title: &"t".repeat(300) }));
        assert_eq!(Stored::of(&eight).unwrap().outline(), Some(Beginning { no: 8, title: "" }));
    }

    #[test]
    fn a_row_with_a_missing_long_value_or_truncated_bytes_is_damaged() {
        let mut rows = Memory::new();
        put(&mut rows, 1, &note(7, 300, 1_000, 400)).unwrap();
        let key = Key::of(Table::Team).number(7);
        let bytes = rows.get(&key).unwrap().unwrap().bytes().to_vec();
        let gone = decode::<Note>(&Memory::new(), key.as_bytes(), &bytes).unwrap_err();
        assert!(matches!(&gone, Error::Damaged(says) if says.contains("300 bytes is missing")), "{gone}");
        for len in 0..bytes.len() {
            let cut = decode::<Note>(&rows, key.as_bytes(), &bytes[..len]);
            assert!(matches!(cut, Err(Error::Damaged(_))), "{len}: {cut:?}");
        }
        for n in 0..bytes.len() {
            let mut other = bytes.clone();
            other[n] ^= 0x55;
            _ = decode::<Note>(&rows, key.as_bytes(), &other);
        }
    }
}
