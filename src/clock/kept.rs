//! The file `clock` of a data folder, a line of JSON:
//!
//! ```text
//! {"seen":"2026-11-30T18:00:00Z","accepted":{"at":"2026-11-30T17:12:00Z","last_event":"2099-01-01T00:00:00Z","built":"2026-11-22T00:00:00Z"}}
//! ```

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use events::Moment;
use serde::{Deserialize, Serialize};

use crate::folders;

/// The file's name in a data folder.
const CLOCK: &str = "clock";

/// Facts about the machine's clock that a data folder keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// When a server last found the clock in order.
    pub(super) seen: Option<Moment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) accepted: Option<Accepted>,
}

/// A clock that an operator accepted, with the facts that contradicted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Accepted {
    /// The time the clock showed when it was accepted.
    pub(super) at: Moment,
    /// The last event at that time.
    pub(super) last_event: Option<Moment>,
    /// The build day of the program that accepted it.
    pub(super) built: Moment,
}

impl Kept {
    /// Reads the file. A missing or unreadable file yields no facts.
    pub(super) fn read(folder: &Path) -> Kept {
        let path = folder.join(CLOCK);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Kept::default(),
            Err(error) => {
                tracing::warn!(
                    "cannot read {} ({error}): when the clock was last in order and what was accepted are unknown",
                    path.display()
                );
                return Kept::default();
            }
        };
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!(
                "{} is damaged ({error}): when the clock was last in order and what was accepted are unknown",
                path.display()
            );
            Kept::default()
        })
    }

    /// Replaces the file.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let fresh = folder.join("clock.new");
        let mut text = serde_json::to_vec(self)?;
        text.push(b'\n');
        let mut file: File = folders::private_file(&fresh)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&fresh, folder.join(CLOCK))?;
        folders::sync(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn what_was_written_is_read_and_what_is_damaged_knows_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Kept::read(folder.path()), Kept::default());
        let (at, built) = (moment("2026-11-30T17:12:00Z"), moment("2026-11-22T00:00:00Z"));
        for accepted in [None, Some(Accepted { at, last_event: Some(moment("2099-01-01T00:00:00Z")), built })] {
            let kept = Kept { seen: Some(at), accepted };
            kept.write(folder.path()).unwrap();
            assert_eq!(Kept::read(folder.path()), kept);
        }
        fs::write(folder.path().join(CLOCK), "{\"seen\":").unwrap();
        assert_eq!(Kept::read(folder.path()), Kept::default());
    }
}
