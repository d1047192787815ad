//! The pack for print, typeset by the program `okr-ledger-press`.
//!
//! ```text
//! data.rs     the document as the press reads it
//! press.rs    finds the press, runs it and names the cause if it fails
//! ```

mod data;
mod press;

use super::{Error, Format, Pack};

/// Returns true if PDFs can be made.
pub(crate) fn has_press() -> bool {
    press::find().is_ok()
}

pub(super) fn write(pack: &Pack) -> Result<Vec<u8>, Error> {
    let document = data::of(pack).map_err(|says| Error::Failed { format: Format::Pdf, says })?;
    let input = serde_json::to_vec(&document);
    press::run(&press::find()?, &input.map_err(press::failed)?, press::WAIT_MAX)
}
