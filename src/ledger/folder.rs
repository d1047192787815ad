//! A data folder: the journal and the views, opened together.
//!
//! ```text
//! DIR/journal   precious: the only truth
//! DIR/views     disposable: rebuilt from the journal where it is missing, older or not whole
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Error, Ledgers};
use crate::journal::{self, Journal, rocks::Rocks};
use crate::views::{Opened, Progress, Views, beside, catch_up, swap_in};
use crate::writer::Clock;

/// Why a data folder cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder cannot be made or written.
    #[error("the data folder {folder} cannot be used: {error}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The journal cannot be opened.
    #[error(transparent)]
    Journal(#[from] journal::Error),
    /// The views can neither be opened nor be rebuilt.
    #[error(transparent)]
    Views(#[from] projections::rows::Error),
    /// The ledgers cannot be opened.
    #[error(transparent)]
    Ledgers(#[from] Error),
}

/// Opens a data folder, making it if it is not there, and brings its views to the end of its journal.
pub fn open_folder(folder: &Path, clock: Clock, progress: &mut dyn Progress) -> Result<Ledgers, OpenError> {
    std::fs::create_dir_all(folder).map_err(|error| OpenError::Folder { folder: folder.into(), error })?;
    let journal: Arc<dyn Journal> = Arc::new(Rocks::open(folder.join("journal"))?);
    let place = folder.join("views");
    let views = match Views::open(&place)? {
        Opened::Usable(views) => match catch_up(&views, &*journal, progress) {
            Ok(_) => views,
            Err(error) => {
                tracing::warn!("the views cannot be caught up ({error}): rebuilding them");
                drop(views);
                rebuild(folder, &*journal, progress)?
            }
        },
        Opened::Outdated(why) => {
            tracing::warn!("rebuilding the views: {why}");
            rebuild(folder, &*journal, progress)?
        }
    };
    Ok(Ledgers::over(journal, views, clock)?)
}

/// Rebuilds the views of a data folder that nobody is serving. Returns how many events were folded.
pub fn rebuild_folder(folder: &Path, progress: &mut dyn Progress) -> Result<u64, OpenError> {
    let journal = Rocks::open(folder.join("journal"))?;
    rebuild(folder, &journal, progress)?;
    let mut events = 0;
    for book in journal.books()? {
        events += journal.head(book.no)?.seq;
    }
    Ok(events)
}

/// Builds views beside the old ones and swaps them in when they are whole.
fn rebuild(folder: &Path, journal: &dyn Journal, progress: &mut dyn Progress) -> Result<Views, OpenError> {
    let place = folder.join("views");
    let fresh = beside(&place, "new");
    let failed = |error| OpenError::Folder { folder: folder.into(), error };
    if fresh.exists() {
        std::fs::remove_dir_all(&fresh).map_err(failed)?;
    }
    match Views::open(&fresh)? {
        Opened::Usable(views) => {
            catch_up(&views, journal, progress)?;
        }
        Opened::Outdated(why) => return Err(projections::rows::Error::Storage(why).into()),
    }
    swap_in(&fresh, &place).map_err(failed)?;
    match Views::open(&place)? {
        Opened::Usable(views) => Ok(views),
        Opened::Outdated(why) => Err(projections::rows::Error::Storage(why).into()),
    }
}
