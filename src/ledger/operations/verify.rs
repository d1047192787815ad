//! `verify`: of a folder that nobody has open, and of one that is being served.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Error, Operation, Told};
use crate::ledger::data_folder::DataFolder;
use crate::ledger::verify::{Verdict, examine};
use crate::views::{Opened, Views};

/// How a folder is to be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VerifyAsk {
    /// Faults that are told one by one; the others are counted.
    pub limit: usize,
}

impl Default for VerifyAsk {
    fn default() -> Self {
        VerifyAsk { limit: 100 }
    }
}

/// Verifies a data folder that nobody has open. Nothing that is kept in it is changed.
pub fn verify_folder(folder: &Path, ask: &VerifyAsk, told: Told<'_>) -> Result<Verdict, Error> {
    let data_folder = DataFolder::take_held(folder)?;
    let generations = data_folder.generations();
    generations.clear().map_err(|error| data_folder.failed(error))?;
    let standing = match generations.standing().map(|path| Views::open(&path)) {
        None => None,
        Some(Ok(Opened::Usable(views))) => Some(Ok(views)),
        Some(Ok(Opened::Outdated(why))) => Some(Err(why)),
        Some(Err(error)) => Some(Err(error.to_string())),
    };
    let standing = standing.as_ref().map(|standing| standing.as_ref().map_err(String::as_str));
    examine(&data_folder, standing, ask.limit, told)
}

impl Operation {
    /// Verifies the folder that is being served: the journal as it is on the disk, and the views as they are now.
    pub fn verify(&self, ask: &VerifyAsk, told: Told<'_>) -> Result<Verdict, Error> {
        let standing: Arc<Views> = self.shared.standing.views();
        examine(&self.open_folder_of()?.data_folder, Some(Ok(&standing)), ask.limit, &mut self.until_cancelled(told))
    }
}
