//! One run: rows that go to the tables together.

use std::sync::atomic::{AtomicBool, Ordering};

use projections::rows::{Error, Key, Layer};
use rocksdb::{IngestExternalFileOptions, SstFileWriter};

use super::super::{CURRENT, HISTORY, LOG, Views, rows_options, storage};
use crate::journal::LedgerNo;

/// About what a row in memory takes beside its bytes.
pub(super) const OVERHEAD: usize = 120;

/// Rows of one ledger that go to the tables together.
#[derive(Default)]
pub(super) struct Run {
    /// What stands; only where it is time to write it.
    pub(super) current: Layer,
    pub(super) log: Layer,
    /// Versions, in the order in which they were written: nobody reads them while a history is loaded.
    versions: Versions,
    pub(super) bytes: usize,
    is_ingested: AtomicBool,
}

/// Keys and bytes of rows, one after the other in one place.
#[derive(Default)]
struct Versions {
    bytes: Vec<u8>,
    /// Where a key begins, and the lengths of key and row.
    places: Vec<(usize, u16, u32)>,
}

impl Versions {
    fn key(&self, (start, key_len, _): &(usize, u16, u32)) -> &[u8] {
        &self.bytes[*start..*start + usize::from(*key_len)]
    }

    fn row(&self, (start, key_len, len): &(usize, u16, u32)) -> &[u8] {
        let start = *start + usize::from(*key_len);
        &self.bytes[start..start + *len as usize]
    }
}

impl Run {
    pub(super) fn put_log(&mut self, key: Key, bytes: Vec<u8>) {
        self.bytes += key.as_bytes().len() + bytes.len() + OVERHEAD;
        self.log.put(key, bytes.into());
    }

    pub(super) fn put_version(&mut self, seq: u64, key: &Key, bytes: &[u8]) {
        let versions = &mut self.versions;
        let start = versions.bytes.len();
        versions.bytes.extend_from_slice(key.as_bytes());
        versions.bytes.extend_from_slice(&(!seq).to_be_bytes());
        let key_len = (versions.bytes.len() - start) as u16;
        versions.bytes.extend_from_slice(bytes);
        versions.places.push((start, key_len, bytes.len() as u32));
        self.bytes += usize::from(key_len) + bytes.len() + size_of::<(usize, u16, u32)>();
    }

    /// The rows of the table that a key belongs to, or a beginning of one.
    pub(super) fn layer_of(&self, key: &Key) -> &Layer {
        if key.is_log() { &self.log } else { &self.current }
    }

    /// Writes the rows as tables and makes them part of the views.
    pub(super) fn ingest(&self, views: &Views, ledger: LedgerNo, n: usize) -> Result<(), Error> {
        let layer = |layer: &Layer, table: &mut Table<'_>| {
            layer.iter().try_for_each(|(key, bytes)| table.put(ledger, key.as_bytes(), bytes))
        };
        ingest(views, CURRENT, n, self.current.is_empty(), |table| layer(&self.current, table))?;
        ingest(views, LOG, n, self.log.is_empty(), |table| layer(&self.log, table))?;
        let versions = &self.versions;
        let mut places = versions.places.clone();
        // A stable sort finds the stretches that are in order already, of which there are many.
        places.sort_by(|one, other| versions.key(one).cmp(versions.key(other)));
        ingest(views, HISTORY, n, places.is_empty(), |table| {
            let mut places = places.iter().peekable();
            while let Some(place) = places.next() {
                // Within one event the last write to a key stands.
                if places.peek().is_some_and(|next| versions.key(next) == versions.key(place)) {
                    continue;
                }
                table.put(ledger, versions.key(place), versions.row(place))?;
            }
            Ok(())
        })?;
        self.is_ingested.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether its rows are stored rows by now.
    pub(super) fn is_ingested(&self) -> bool {
        self.is_ingested.load(Ordering::Acquire)
    }
}

struct Table<'a> {
    writer: SstFileWriter<'a>,
    key: Vec<u8>,
}

impl Table<'_> {
    fn put(&mut self, ledger: LedgerNo, key: &[u8], bytes: &[u8]) -> Result<(), Error> {
        self.key.clear();
        self.key.extend_from_slice(&ledger.to_be_bytes());
        self.key.extend_from_slice(key);
        self.writer.put(&self.key, bytes).map_err(storage)
    }
}

fn ingest(
    views: &Views,
    family: &str,
    n: usize,
    is_empty: bool,
    write: impl FnOnce(&mut Table<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    if is_empty {
        return Ok(());
    }
    let options = rows_options();
    let path = views.db.path().join(format!("load-{family}-{n}.sst"));
    let mut table = Table { writer: SstFileWriter::create(&options), key: Vec::new() };
    table.writer.open(&path).map_err(storage)?;
    write(&mut table)?;
    table.writer.finish().map_err(storage)?;
    let mut moved = IngestExternalFileOptions::default();
    moved.set_move_files(true);
    views.db.ingest_external_file_cf_opts(views.family(family)?, &moved, vec![path]).map_err(storage)
}
