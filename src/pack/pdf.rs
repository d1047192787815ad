//! The pack for print, set by Typst with its own fonts.
//!
//! ```text
//! template.typ   the layout; its inputs are values, never markup
//! data.rs        the values                  letters.rs   replaces letters missing from the fonts
//! world.rs       everything Typst can access: the template, the fonts, the values. No disk, no network, no clock.
//! ```
//!
//! Only this folder depends on Typst.

mod data;
mod letters;
mod world;

use std::sync::{Mutex, PoisonError};

use typst::foundations::{Datetime, Smart, Value};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

use self::world::DocumentWorld;
use super::Pack;

/// Serialises rendering: a pack with hundreds of key results takes hundreds of megabytes and both processors.
static RENDERING: Mutex<()> = Mutex::new(());

pub(super) fn write(pack: &Pack) -> Result<Vec<u8>, String> {
    let _one_at_a_time = RENDERING.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut values, lacks) = letters::shown(data::of(pack)?);
    values.insert("lacks".into(), Value::Bool(lacks));
    let desk = DocumentWorld::with(values);
    let set = typst::compile::<PagedDocument>(&desk).output;
    let written = set.and_then(|document| {
        let options = PdfOptions {
            ident: Smart::Custom(pack.path()),
            creator: Smart::Custom(Some("OKR Ledger".to_owned())),
            timestamp: dated(pack),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options)
    });
    // Drop Typst's cache: packs share nothing that is worth keeping.
    typst::comemo::evict(0);
    written.map_err(|faults| faults.iter().map(|fault| fault.message.to_string()).collect::<Vec<_>>().join("; "))
}

fn dated(pack: &Pack) -> Option<Timestamp> {
    use chrono::{Datelike as _, Timelike as _};
    let at = pack.dated()?.utc();
    let part = |part: u32| u8::try_from(part).ok();
    let at = Datetime::from_ymd_hms(
        at.year(),
        part(at.month())?,
        part(at.day())?,
        part(at.hour())?,
        part(at.minute())?,
        part(at.second())?,
    )?;
    Some(Timestamp::new_utc(at))
}
