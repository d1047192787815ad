//! The raw probe: the limit of the disk itself.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Failed;
use super::bar::figure;

/// Appends of 512 bytes per second, with 1, 32 and 64 of them per fdatasync.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw {
    pub(crate) by_1: f64,
    pub(crate) by_32: f64,
    pub(crate) by_64: f64,
}

impl Raw {
    /// Probes the disk of `folder`, for this long per size.
    pub(crate) fn probe(folder: &Path, lasts: Duration) -> Result<Raw, Failed> {
        Ok(Raw {
            by_1: appends_per_second(folder, 1, lasts)?,
            by_32: appends_per_second(folder, 32, lasts)?,
            by_64: appends_per_second(folder, 64, lasts)?,
        })
    }

    /// Returns the mean of the probes before and after a run, because the disk's speed drifts.
    pub(crate) fn mean(self, after: Raw) -> Raw {
        let mean = |a: f64, b: f64| (a + b) / 2.0;
        Raw {
            by_1: mean(self.by_1, after.by_1),
            by_32: mean(self.by_32, after.by_32),
            by_64: mean(self.by_64, after.by_64),
        }
    }

    /// Returns two probes in words.
    pub(crate) fn beside(self, after: Raw) -> String {
        let both = |before: f64, after: f64| format!("{} / {}", figure(before), figure(after));
        let (by_1, by_32) = (both(self.by_1, after.by_1), both(self.by_32, after.by_32));
        format!("1 a sync {by_1}, 32 a sync {by_32}, 64 a sync {}", both(self.by_64, after.by_64))
    }

    /// Returns the limit for a number of writers: the most that they can put into one sync, up to 64.
    pub(crate) fn for_writers(self, writers: usize) -> (usize, f64) {
        match writers {
            0..32 => (1, self.by_1),
            32..50 => (32, self.by_32),
            _ => (64, self.by_64),
        }
    }
}

fn appends_per_second(folder: &Path, per_sync: u32, lasts: Duration) -> Result<f64, Failed> {
    let path = folder.join("raw");
    let mut file = File::create(&path)?;
    let block = vec![7; 512 * usize::try_from(per_sync)?];
    let start = Instant::now();
    let mut appends = 0;
    while start.elapsed() < lasts {
        file.write_all(&block)?;
        file.sync_data()?;
        appends += per_sync;
    }
    let per_second = f64::from(appends) / start.elapsed().as_secs_f64();
    drop(file);
    std::fs::remove_file(path)?;
    Ok(per_second)
}
