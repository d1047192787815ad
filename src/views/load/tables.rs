//! Tables of one family, written in the order of keys and made part of the views.

use std::path::PathBuf;

use projections::rows::Error;
use rocksdb::{IngestExternalFileOptions, Options, SstFileWriter};

use super::super::{Views, storage};
use crate::journal::LedgerNo;

/// A table ends where the next key is of another kind, or of another cycle, once it holds so many bytes. The events of
/// different cycles seldom lie far apart in a history, so that most tables then overlap with no other, and need not be
/// merged again.
const KIND_MIN: usize = 32 << 10;
const PART_MIN: usize = 512 << 10;

/// Tables of one run.
pub(super) struct Tables<'a> {
    views: &'a Views,
    options: &'a Options,
    family: &'static str,
    ledger: LedgerNo,
    n: usize,
    open: Option<SstFileWriter<'a>>,
    paths: Vec<PathBuf>,
    key: Vec<u8>,
    /// The first part of the last key.
    part: Vec<u8>,
    /// Bytes of rows in the open table.
    bytes: usize,
}

impl<'a> Tables<'a> {
    /// Tables of the `n`th run.
    pub(super) fn of(views: &'a Views, options: &'a Options, family: &'static str, ledger: LedgerNo, n: usize) -> Self {
        let (paths, key, part) = (Vec::new(), Vec::new(), Vec::new());
        Tables { views, options, family, ledger, n, open: None, paths, key, part, bytes: 0 }
    }

    /// Adds a row, whose key may end with a number. Keys come in their order.
    pub(super) fn put(&mut self, key: &[u8], number: Option<u64>, row: &[u8]) -> Result<(), Error> {
        let part = first_part(key);
        if part != self.part {
            let is_other_kind = part.first() != self.part.first();
            if self.bytes >= if is_other_kind { KIND_MIN } else { PART_MIN } {
                self.end()?;
            }
            self.part.clear();
            self.part.extend_from_slice(part);
        }
        self.key.clear();
        self.key.extend_from_slice(&self.ledger.to_be_bytes());
        self.key.extend_from_slice(key);
        if let Some(number) = number {
            self.key.extend_from_slice(&number.to_be_bytes());
        }
        self.bytes += self.key.len() + row.len();
        if self.open.is_none() {
            self.begin()?;
        }
        match &mut self.open {
            Some(table) => table.put(&self.key, row).map_err(storage),
            None => Ok(()),
        }
    }

    /// Makes the tables part of the views.
    pub(super) fn ingest(mut self) -> Result<(), Error> {
        self.end()?;
        if self.paths.is_empty() {
            return Ok(());
        }
        let mut options = IngestExternalFileOptions::default();
        options.set_move_files(true);
        // Nobody looks at views that are being loaded but the loading itself, which may see a row as soon as it is there.
        options.set_snapshot_consistency(false);
        let family = self.views.family(self.family)?;
        self.views.db.ingest_external_file_cf_opts(family, &options, self.paths).map_err(storage)
    }

    fn begin(&mut self) -> Result<(), Error> {
        let name = format!("load-{}-{}-{}.sst", self.family, self.n, self.paths.len());
        let path = self.views.db.path().join(name);
        let table = SstFileWriter::create(self.options);
        table.open(&path).map_err(storage)?;
        self.paths.push(path);
        self.open = Some(table);
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        self.bytes = 0;
        self.open.take().map_or(Ok(()), |mut table| table.finish().map_err(storage))
    }
}

/// The first byte of a key, which is its kind, and its first text.
fn first_part(key: &[u8]) -> &[u8] {
    let len = key.iter().position(|byte| *byte == 0).unwrap_or(key.len());
    &key[..len]
}
