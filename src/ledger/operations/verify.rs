//! `verify`, for a folder that no process has open and for one that is being served.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Error, Operation, Told};
use crate::ledger::data_folder::DataFolder;
use crate::ledger::verify::{Verdict, examine};
use crate::views::{Opened, Views};

/// The options of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyAsk {
    /// Faults reported individually; the others are counted.
    pub limit: usize,
}

impl Default for VerifyAsk {
    fn default() -> Self {
        VerifyAsk { limit: 100 }
    }
}

/// Verifies a data folder that no process has open. Changes nothing of value in it.
pub fn verify_folder(folder: &Path, ask: &VerifyAsk, report: Told<'_>) -> Result<Verdict, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let generations = data_folder.generations();
    generations.clear().map_err(|error| data_folder.failed(error))?;
    let current = match generations.standing().map(|path| Views::open(&path)) {
        None => None,
        Some(Ok(Opened::Usable(views))) => Some(Ok(views)),
        Some(Ok(Opened::Outdated(why))) => Some(Err(why)),
        Some(Err(error)) => Some(Err(error.to_string())),
    };
    let current = current.as_ref().map(|current| current.as_ref().map_err(String::as_str));
    examine(&data_folder, current, ask.limit, report)
}

impl Operation {
    /// Verifies the folder that is being served: the journal on the disk, and the current views.
    pub fn verify(&self, ask: &VerifyAsk, report: Told<'_>) -> Result<Verdict, Error> {
        let current: Arc<Views> = self.shared.current.views();
        examine(&self.open_folder_of()?.data_folder, Some(Ok(&current)), ask.limit, &mut self.until_cancelled(report))
    }
}
