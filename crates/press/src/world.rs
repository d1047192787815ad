//! Everything that Typst can access.

use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt as _, World};

/// The bundled fonts with their index. System fonts are not used, so that the same pack has the same bytes everywhere.
static FONTS: LazyLock<(Vec<Font>, LazyHash<FontBook>)> = LazyLock::new(|| {
    let emoji = [epaint_default_fonts::NOTO_EMOJI_REGULAR];
    let files = typst_assets::fonts().chain(emoji);
    let fonts: Vec<Font> = files.flat_map(|file| Font::iter(Bytes::new(file))).collect();
    let book = LazyHash::new(FontBook::from_fonts(&fonts));
    (fonts, book)
});

pub(super) fn fonts() -> &'static [Font] {
    &FONTS.0
}

/// The template, parsed once.
static TEMPLATE: LazyLock<Source> = LazyLock::new(|| Source::detached(include_str!("template.typ")));

/// The environment of one document.
pub(super) struct DocumentWorld {
    library: LazyHash<Library>,
}

impl DocumentWorld {
    /// Creates an environment with these values as the template's `sys.inputs`.
    pub(super) fn with(values: Dict) -> DocumentWorld {
        DocumentWorld { library: LazyHash::new(Library::builder().with_inputs(values).build()) }
    }
}

impl World for DocumentWorld {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.1
    }

    fn main(&self) -> FileId {
        TEMPLATE.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == TEMPLATE.id() { Ok(TEMPLATE.clone()) } else { Err(absent(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        Err(absent(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.0.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn absent(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_without_slash().into())
}
