//! The board pack: a cycle at a moment, in the document formats that boards use.
//!
//! ```text
//! gather.rs   the model, gathered from the questions: board, audit, confidence
//! format.rs   the formats: names, media types
//! chart.rs    the chart of a key result, shared by pages and print
//! csv.rs  md.rs  html.rs  xlsx.rs  pdf.rs     one format each, over the same model
//! plain.rs    makes text from people safe next to other text
//! ```
//!
//! A format lays out the gathered model and queries nothing. None reads a clock: the same ledger and the same moment
//! give the same bytes.

mod chart;
mod csv;
mod format;
mod gather;
mod html;
mod md;
mod pdf;
mod plain;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod xlsx;

use chrono::NaiveDate;
use events::{Moment, Ref, SubjectId, Text};
use projections::ask::{AsOf, Board, ConfidenceLine, ConfidenceStated, Restatements, Teams, TrailItem};

pub(crate) use format::Format;
pub(crate) use gather::{PackAsk, gather};
pub(crate) use html::POLICY;
pub(crate) use pdf::has_press;

use crate::figure;

/// The content of a board pack, for all formats.
#[derive(Debug, Clone)]
pub(crate) struct Pack {
    pub(crate) organisation: String,
    pub(crate) board: Board,
    /// The filters in words; empty for the whole cycle.
    pub(crate) filters: Vec<String>,
    /// The query parameters that return the same board again.
    pub(crate) question: String,
    /// The moment that dates are judged by, unless it is the recording of the last known event.
    pub(crate) judged_at: Option<Moment>,
    /// The day of an `on` query.
    pub(crate) on: Option<NaiveDate>,
    /// Changes to shown goals in mid-cycle, in the order of events.
    pub(crate) adjustments: Vec<Adjustment>,
    /// The board reports of this cycle, each with later corrections to shown figures.
    pub(crate) restatements: Vec<Restatements>,
    /// The cycle's confidence by weeks; `None` for a filtered board.
    pub(crate) confidence: Option<ConfidenceLine>,
    /// The weekly confidence of the shown objectives and their key results.
    pub(crate) weeks: Vec<ConfidenceLine>,
    /// The check-ins of the shown key results, in the order of time.
    pub(crate) check_ins: Vec<CheckIn>,
    pub(crate) teams: Teams,
}

/// A change to a goal in mid-cycle.
#[derive(Debug, Clone)]
pub(crate) struct Adjustment {
    /// The changed objective, or that of the changed key result.
    pub(crate) objective: SubjectId,
    /// The ref of the changed goal.
    pub(crate) given: Ref,
    pub(crate) title: Text,
    pub(crate) item: TrailItem,
}

#[derive(Debug, Clone)]
pub(crate) struct CheckIn {
    /// The key result's ref.
    pub(crate) given: Ref,
    pub(crate) title: Text,
    pub(crate) stated: ConfidenceStated,
}

/// The reason for a failed pack.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(
        "{has} are too many for {format}, which can contain at most {most}: filter by team, owner, level or \
         status, or choose another format"
    )]
    TooLong {
        format: Format,
        /// The count with its noun.
        has: String,
        /// The limit of the format.
        most: usize,
    },
    /// The PDF needs more than the press may use.
    #[error(
        "the PDF needs more than {limit}, which is the limit: filter by team, owner, level or status, or choose another \
         format"
    )]
    TooMuchWork { limit: String },
    /// The program that makes PDFs is missing.
    #[error("{0}")]
    NoPress(String),
    /// A fault of this program, with the error of the format's library.
    #[error("the board pack cannot be written as {format}: {says}")]
    Failed { format: Format, says: String },
}

/// Most key results in a PDF: each has a chart, and a document of this size takes a gigabyte of memory.
const PRINTED_MAX: usize = 2_000;

/// Most rows of a worksheet, without its header. Source: Excel's specifications and limits.
const SHEET_ROWS_MAX: usize = (1 << 20) - 1;

impl Pack {
    /// Creates a pack with a board and nothing else.
    fn bare(board: Board, question: String, judged_at: Option<Moment>) -> Pack {
        let teams = Teams { ledger: board.ledger.clone(), as_of: board.as_of, teams: Vec::new() };
        Pack {
            organisation: String::new(),
            board,
            filters: Vec::new(),
            question,
            judged_at,
            on: None,
            adjustments: Vec::new(),
            restatements: Vec::new(),
            confidence: None,
            weeks: Vec::new(),
            check_ins: Vec::new(),
            teams,
        }
    }

    /// Writes the pack in a format.
    pub(crate) fn write(&self, format: Format) -> Result<Vec<u8>, Error> {
        self.fits(format)?;
        let written = match format {
            Format::Csv => csv::write(self),
            Format::Md => Ok(md::write(self).into_bytes()),
            Format::Html => html::write(self).map(String::into_bytes),
            Format::Xlsx => xlsx::write(self),
            Format::Pdf => return pdf::write(self),
        };
        written.map_err(|says| Error::Failed { format, says })
    }

    /// Checks the limits of a format before any layout.
    fn fits(&self, format: Format) -> Result<(), Error> {
        let key_results = self.board.objectives.iter().map(|objective| objective.key_results.len()).sum();
        let (n, what, most) = match format {
            Format::Pdf => (key_results, "key result", PRINTED_MAX),
            Format::Xlsx => (self.check_ins.len(), "check-in", SHEET_ROWS_MAX),
            Format::Csv | Format::Md | Format::Html => return Ok(()),
        };
        if n <= most { Ok(()) } else { Err(Error::TooLong { format, has: figure::count(n as u64, what), most }) }
    }

    /// Returns a file name, the same for the same point of the history.
    pub(crate) fn file_name(&self, format: Format) -> String {
        let board = &self.board;
        let on = self.on.map(|day| format!("-on-{day}")).unwrap_or_default();
        let judged_at = self.judged_at.map(|at| at.utc().format("-%Y%m%dT%H%M%SZ").to_string()).unwrap_or_default();
        let part: String = self.filters.iter().map(|filter| format!("-{}", plain::for_a_file(filter))).collect();
        format!("{}-{}-board-{}{judged_at}{on}{part}.{format}", board.ledger, board.cycle.id, board.as_of.seq)
    }

    fn title(&self) -> String {
        format!("{} – board pack", figure::one_line(self.board.cycle.title.as_str()))
    }

    /// Words the pack's position in the history.
    fn as_of_words(&self) -> String {
        let AsOf { seq, recorded_at } = self.board.as_of;
        let known = match recorded_at {
            None => "before the ledger's first event".to_owned(),
            Some(at) => format!("as of event {seq}, recorded {}", figure::minute(at)),
        };
        let known = match self.judged_at {
            Some(at) => format!("{known}; looked at {}", figure::minute(at)),
            None => known,
        };
        self.on.map_or(known.clone(), |day| format!("what was true on {day}, {known}"))
    }

    /// Returns the path and query of the same board.
    fn path(&self) -> String {
        let board = &self.board;
        format!("/v1/ledgers/{}/cycles/{}/board?{}", board.ledger, board.cycle.id, self.question)
    }

    /// Returns a notice for a filtered board, so that readers do not take it for the whole.
    fn part(&self) -> Option<String> {
        let filters = self.filters.join(", ");
        (!self.filters.is_empty())
            .then(|| format!("Part of the cycle only: {filters}. All figures are of what is shown."))
    }

    /// Returns a team's name, or its id if the team is unknown.
    fn team(&self, id: &SubjectId) -> String {
        let team = self.teams.teams.iter().find(|team| team.id == *id);
        team.map_or_else(|| id.to_string(), |team| team.name.to_string())
    }

    /// Returns the date of the documents: the recording of the last known event.
    fn dated(&self) -> Option<Moment> {
        self.board.as_of.recorded_at
    }

    /// Returns the weeks in the confidence tables.
    fn week_numbers(&self) -> Vec<u32> {
        let longest = self.weeks.iter().map(|line| line.weeks.as_slice()).max_by_key(|weeks| weeks.len());
        longest.unwrap_or_default().iter().map(|week| week.week).collect()
    }
}
