//! The formats of a board pack.

use std::fmt;
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One row per key result.
    Csv,
    /// Headings and tables.
    Md,
    /// A self-contained page.
    Html,
    /// A workbook.
    Xlsx,
    /// For print.
    Pdf,
}

impl Format {
    pub(crate) const ALL: [Format; 5] = [Format::Html, Format::Pdf, Format::Xlsx, Format::Csv, Format::Md];

    /// Returns the file extension, which also names the format.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Md => "md",
            Format::Html => "html",
            Format::Xlsx => "xlsx",
            Format::Pdf => "pdf",
        }
    }

    /// Returns the media type without parameters.
    pub(crate) fn media_type(self) -> &'static str {
        let whole = self.content_type();
        whole.split_once(';').map_or(whole, |(essence, _)| essence)
    }

    /// Returns the value of the `Content-Type` header.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Format::Csv => "text/csv; charset=utf-8; header=present",
            Format::Md => "text/markdown; charset=utf-8",
            Format::Html => "text/html; charset=utf-8",
            Format::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Format::Pdf => "application/pdf",
        }
    }

    /// Returns true if a terminal can show the format.
    pub(crate) fn is_text(self) -> bool {
        !matches!(self, Format::Xlsx | Format::Pdf)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let found = Format::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not one of html, pdf, xlsx, csv, md"))
    }
}
