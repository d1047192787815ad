//! Typesets a [`Document`] as a PDF with Typst.
//!
//! ```text
//! template.typ   the layout; its inputs are values, never markup
//! letters.rs     replaces letters missing from the fonts
//! world.rs       everything Typst can access: the template, the fonts, the values. No disk, no network, no clock.
//! main.rs        the program: its limits, stdin, stdout
//! ```
//!
//! The same document gives the same bytes on every machine.

mod letters;
mod world;

use press_document::{Date, Document};
use typst::foundations::{Datetime, Dict, Smart, Value};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

use self::world::DocumentWorld;

/// The document cannot be typeset. The message is Typst's.
#[derive(Debug, thiserror::Error)]
#[error("the document cannot be typeset: {0}")]
pub struct Error(String);

/// Returns the PDF of a document.
pub fn typeset(document: Document) -> Result<Vec<u8>, Error> {
    let Document { format: _, dated, pack } = document;
    let options = PdfOptions {
        ident: Smart::Custom(pack.path.clone()),
        creator: Smart::Custom(Some("OKR Ledger".to_owned())),
        timestamp: dated.as_ref().and_then(timestamp),
        ..PdfOptions::default()
    };
    let values = serde_json::to_value(pack).and_then(serde_json::from_value::<Dict>);
    let (mut values, lacks) = letters::shown(values.map_err(|error| Error(error.to_string()))?);
    values.insert("lacks".into(), Value::Bool(lacks));
    let world = DocumentWorld::with(values);
    let pages = typst::compile::<PagedDocument>(&world).output;
    let pdf = pages.and_then(|pages| typst_pdf::pdf(&pages, &options));
    pdf.map_err(|faults| Error(faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join("; ")))
}

fn timestamp(at: &Date) -> Option<Timestamp> {
    Datetime::from_ymd_hms(at.year, at.month, at.day, at.hour, at.minute, at.second).map(Timestamp::new_utc)
}
