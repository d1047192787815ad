//! The document that `okr-ledger` hands to `okr-ledger-press` as JSON. A crate of its own, so that the server can make
//! the document without depending on Typst.
//!
//! All figures are formatted and all texts are cut to their printed length. No text is markup.

#![expect(missing_docs, reason = "the fields are named as in the template, crates/press/src/template.typ")]

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The version of this format. Increase it with every change of a type in this file.
pub const FORMAT: u32 = 1;

/// The press is ended when it has used this much processor time.
pub const PROCESSOR_SECONDS_MAX: u64 = 30;

/// The press is ended when it needs more memory than this.
pub const MEMORY_BYTES_MAX: u64 = 2 << 30;

/// A document to be typeset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub format: Format,
    /// The date of the PDF, in UTC.
    pub dated: Option<Date>,
    pub pack: BoardPack,
}

/// Marks a document of [`FORMAT`]. A document of any other format cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format;

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FORMAT.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u32::deserialize(deserializer)? {
            FORMAT => Ok(Format),
            other => Err(D::Error::custom(format!(
                "the document has format {other}, but this okr-ledger-press reads format {FORMAT}: build both programs \
                 from the same source"
            ))),
        }
    }
}

/// A date and time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Date {
    pub year: i32,
    pub month: u8,
    pub day: u8,
    pub hour: u8,
    pub minute: u8,
    pub second: u8,
}

/// The values of the template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardPack {
    pub organisation: String,
    /// The title of the PDF.
    pub document: String,
    /// The title of the cycle.
    pub title: String,
    /// The short title in the footer.
    pub running: String,
    pub from: String,
    pub to: String,
    pub state: String,
    pub elapsed: String,
    /// The position in the history, in words.
    pub stands: String,
    /// The path and query that return the document again; also the source of the PDF's id.
    pub path: String,
    /// The notice for a filtered board; empty for the whole cycle.
    pub part: String,
    pub score: String,
    pub computed: String,
    pub grade: String,
    pub confidence: String,
    pub key_results: String,
    pub objectives_count: String,
    pub counts: Vec<StatusCount>,
    pub stale: String,
    pub adjusted: String,
    pub retired: String,
    pub objectives: Vec<Objective>,
    pub week_numbers: Vec<String>,
    pub weeks: Vec<Weeks>,
    pub reports: Vec<Report>,
    pub adjustments: Vec<Adjustment>,
}

/// The number of key results with a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusCount {
    pub status: String,
    pub count: String,
}

/// An objective with its key results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    pub r#ref: String,
    pub title: String,
    /// The beginning of the title, for tables.
    pub short: String,
    pub owner: String,
    pub about: String,
    pub score: String,
    pub computed: String,
    pub grade: String,
    pub confidence: String,
    pub status: String,
    pub key_results: Vec<KeyResult>,
    /// Changes in mid-cycle.
    pub adjusted: Vec<String>,
}

/// A key result with its chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyResult {
    pub r#ref: String,
    pub title: String,
    /// The beginning of the title, for tables.
    pub short: String,
    pub owner: String,
    /// Baseline and target.
    pub way: String,
    /// The original target, if it has changed.
    pub was: String,
    pub current: String,
    pub done: String,
    pub computed: String,
    pub graded: String,
    pub confidence: String,
    pub status: String,
    pub marks: String,
    pub blockers: Vec<String>,
    /// An SVG.
    pub chart: String,
    /// The chart in words.
    pub words: String,
}

/// A row of the confidence table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weeks {
    pub r#ref: String,
    pub title: String,
    pub weeks: Vec<String>,
}

/// A board report with its restatements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    pub title: String,
    pub note: String,
    /// The issue of the report, in words.
    pub said: String,
    pub figures: Vec<RestatedFigure>,
    /// The events that changed the figures, in words.
    pub because: Vec<String>,
}

/// A figure of a report that is known better now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestatedFigure {
    pub r#ref: String,
    pub title: String,
    pub figure: String,
    pub told: String,
    pub known: String,
    pub events: String,
}

/// A change to a goal in mid-cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    pub r#ref: String,
    pub title: String,
    /// The beginning of the title, for tables.
    pub short: String,
    pub summary: String,
    /// Time, author and event, in words.
    pub said: String,
    pub why: Option<Reason>,
}

/// The answers to the questions that the method asks about an adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub circumstances: String,
    pub cause: String,
    pub statement: String,
    pub preserved: String,
    pub evidence: Vec<String>,
}
