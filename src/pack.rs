//! The board pack: where a cycle stood at a moment, as the documents that boards work with.
//!
//! ```text
//! gather.rs   the one model, gathered from the questions: board, audit, confidence
//! format.rs   the formats: names, media types
//! chart.rs    a key result's picture, drawn once for pages and for print
//! csv.rs  md.rs  html.rs  xlsx.rs  pdf.rs     one format each, over the same model
//! plain.rs    text that people wrote, made safe to stand among other text
//! ```
//!
//! A format lays out what was gathered and finds out nothing by itself. None looks at a clock: the same ledger and the same
//! moment give the same bytes.

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

use crate::figure;

/// What a board pack tells, whatever its format.
#[derive(Debug, Clone)]
pub(crate) struct Pack {
    /// The ledger's title.
    pub(crate) organisation: String,
    /// The board.
    pub(crate) board: Board,
    /// Which part of the cycle it is of, in words; none for the whole.
    pub(crate) filters: Vec<String>,
    /// What was asked: the parameters by which the same board is asked for again.
    pub(crate) question: String,
    /// The moment by which dates are judged, where that is not the one at which the last event known was recorded.
    pub(crate) judged_at: Option<Moment>,
    /// The day whose truth is told, where one was asked for.
    pub(crate) on: Option<NaiveDate>,
    /// Changes to goals in mid-cycle, of what is shown, in the order of their events.
    pub(crate) adjustments: Vec<Adjustment>,
    /// The reports that the board was given of this cycle, each with what is known better by now of what is shown.
    pub(crate) restatements: Vec<Restatements>,
    /// The confidence of the whole by weeks; none where only a part is shown.
    pub(crate) confidence: Option<ConfidenceLine>,
    /// The same of the objectives that are shown, with their key results.
    pub(crate) weeks: Vec<ConfidenceLine>,
    /// The check-ins of the key results that are shown, by time.
    pub(crate) check_ins: Vec<CheckIn>,
    /// The teams there are.
    pub(crate) teams: Teams,
}

/// A change to a goal in mid-cycle.
#[derive(Debug, Clone)]
pub(crate) struct Adjustment {
    /// The objective that it concerns, itself or by one of its key results.
    pub(crate) objective: SubjectId,
    /// The ref of what was changed.
    pub(crate) given: Ref,
    /// Its title.
    pub(crate) title: Text,
    /// What was changed, and why.
    pub(crate) item: TrailItem,
}

/// A check-in.
#[derive(Debug, Clone)]
pub(crate) struct CheckIn {
    /// The key result's ref.
    pub(crate) given: Ref,
    /// Its title.
    pub(crate) title: Text,
    /// What was stated.
    pub(crate) stated: ConfidenceStated,
}

/// Why there is no pack in a format.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is too long for the format.
    #[error(
        "{has} are too many for {format}, which takes at most {most}: ask for a part (team, owner, level, status), or for another format"
    )]
    TooLong {
        /// The format.
        format: Format,
        /// What there is too much of.
        has: String,
        /// How many of it the format takes.
        most: usize,
    },
    /// It cannot be laid out: a fault of ours, with what the format's library says of it.
    #[error("the board pack cannot be written as {format}: {says}")]
    Failed {
        /// The format.
        format: Format,
        /// What the library says.
        says: String,
    },
}

/// Key results of which a PDF is set: each has a picture, and what is set is held in memory, a gigabyte for so many.
const PRINTED_MAX: usize = 2_000;

/// Rows that a sheet of a workbook has at most, without its head. Source: Excel's specifications and limits.
const SHEET_ROWS_MAX: usize = (1 << 20) - 1;

impl Pack {
    /// The whole of a board, and nothing else.
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

    /// The pack in a format.
    pub(crate) fn write(&self, format: Format) -> Result<Vec<u8>, Error> {
        self.fits(format)?;
        let written = match format {
            Format::Csv => csv::write(self),
            Format::Md => Ok(md::write(self).into_bytes()),
            Format::Html => html::write(self).map(String::into_bytes),
            Format::Xlsx => xlsx::write(self),
            Format::Pdf => pdf::write(self),
        };
        written.map_err(|says| Error::Failed { format, says })
    }

    /// Whether it is short enough for a format: that is known before anything is laid out.
    fn fits(&self, format: Format) -> Result<(), Error> {
        let key_results = self.board.objectives.iter().map(|objective| objective.key_results.len()).sum();
        let (n, what, most) = match format {
            Format::Pdf => (key_results, "key result", PRINTED_MAX),
            Format::Xlsx => (self.check_ins.len(), "check-in", SHEET_ROWS_MAX),
            Format::Csv | Format::Md | Format::Html => return Ok(()),
        };
        if n <= most { Ok(()) } else { Err(Error::TooLong { format, has: figure::count(n as u64, what), most }) }
    }

    /// What the pack is called where it is kept: the same for the same point of history.
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

    /// What it stands on, in words.
    fn stands_on(&self) -> String {
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

    /// Where it can be asked for again.
    fn path(&self) -> String {
        let board = &self.board;
        format!("/v1/ledgers/{}/cycles/{}/board?{}", board.ledger, board.cycle.id, self.question)
    }

    /// What is said where only a part is shown, so that nobody takes it for the whole.
    fn part(&self) -> Option<String> {
        let filters = self.filters.join(", ");
        (!self.filters.is_empty())
            .then(|| format!("Part of the cycle only: {filters}. All figures are of what is shown."))
    }

    /// What a team is called.
    fn team(&self, id: &SubjectId) -> String {
        let team = self.teams.teams.iter().find(|team| team.id == *id);
        team.map_or_else(|| id.to_string(), |team| team.name.to_string())
    }

    /// The moment documents are dated by: when the last event known was recorded.
    fn dated(&self) -> Option<Moment> {
        self.board.as_of.recorded_at
    }

    /// The weeks that the tables of confidence have.
    fn week_numbers(&self) -> Vec<u32> {
        let longest = self.weeks.iter().map(|line| line.weeks.as_slice()).max_by_key(|weeks| weeks.len());
        longest.unwrap_or_default().iter().map(|week| week.week).collect()
    }
}
