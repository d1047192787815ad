//! Checks RocksDB's log files (write-ahead logs and manifests) before RocksDB reads them.
//!
//! ```text
//! block of 32 KiB: record │ record │ … │ fewer than 7 bytes left over
//! record:          checksum u32 │ length u16 │ type u8 │ bytes                      little-endian
//! ```
//!
//! Records of types 5 to 8, 11 and 131 occur only in recycled logs. Behind a first record of another type, such a
//! record is damage: one flipped bit turns any record into one. RocksDB 11 does not skip it but reads it again forever,
//! so that a server would neither start nor report an error. RocksDB itself detects all other damage.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

const BLOCK_BYTES: usize = 32 << 10;
const HEADER_BYTES: usize = 7;

/// Checks the log files of a database's folder. Returns a description of a record that RocksDB would read forever.
pub(crate) fn check(folder: &Path) -> io::Result<Option<String>> {
    let files = match folder.read_dir() {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    for file in files {
        let path = file?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !(name.ends_with(".log") || name.starts_with("MANIFEST-")) {
            continue;
        }
        if let Some(place) = endless(File::open(&path)?)? {
            return Ok(Some(format!(
                "{}: the record at byte {place} has a type that cannot occur there",
                path.display()
            )));
        }
    }
    Ok(None)
}

/// Returns the offset of the record that RocksDB would read forever.
fn endless(mut log: impl io::Read) -> io::Result<Option<u64>> {
    let mut block = Vec::with_capacity(BLOCK_BYTES);
    let mut first_is_reused = None;
    for begins in (0_u64..).step_by(BLOCK_BYTES) {
        block.clear();
        log.by_ref().take(BLOCK_BYTES as u64).read_to_end(&mut block)?;
        let mut at = 0;
        while let Some([_, _, _, _, low, high, kind]) = block.get(at..at + HEADER_BYTES) {
            let is_reused = matches!(kind, 5..=8 | 11 | 131);
            match first_is_reused {
                Some(false) if is_reused => return Ok(Some(begins + at as u64)),
                Some(_) => {}
                // Zeros are space that was never written.
                None if *kind == 0 => {}
                None => first_is_reused = Some(is_reused),
            }
            at += HEADER_BYTES + usize::from(u16::from_le_bytes([*low, *high]));
        }
        if block.len() < BLOCK_BYTES {
            break;
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, length: u16) -> Vec<u8> {
        let mut record = vec![9, 9, 9, 9];
        record.extend_from_slice(&length.to_le_bytes());
        record.push(kind);
        record.resize(HEADER_BYTES + usize::from(length), 5);
        record
    }

    #[test]
    fn a_record_of_a_log_written_over_again_does_not_follow_others() {
        let endless = |records: &[Vec<u8>]| endless(&*records.concat()).unwrap();
        assert_eq!(endless(&[]), None);
        assert_eq!(endless(&[record(1, 10), record(1, 300), record(130, 5)]), None);
        assert_eq!(endless(&[record(1, 10), record(5, 300)]), Some(17));
        assert_eq!(endless(&[record(5, 10), record(5, 300), record(131, 9)]), None);
        // Across the end of a block.
        let filled = record(1, (BLOCK_BYTES - HEADER_BYTES - 3) as u16);
        assert_eq!(endless(&[filled.clone(), vec![0; 3], record(2, 8)]), None);
        assert_eq!(endless(&[filled, vec![0; 3], record(2, 8), record(8, 1)]), Some(BLOCK_BYTES as u64 + 15));
        assert_eq!(endless(&[record(1, 10), vec![0; 100]]), None);
    }
}
