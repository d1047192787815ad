//! Reports to a board.

use crate::id::SubjectId;
use crate::limits::{NAME, TEXT};
use crate::record::record;
use crate::text::Text;

record! {
    /// `okr.board_report.issued`: a board was shown the state of a cycle, as the ledger knew it then.
    pub struct BoardReportIssued {
        /// The cycle the report is about.
        need cycle: SubjectId,
        /// The report's title.
        need title: Text [NAME],
        /// A note to the board.
        may note: Text [TEXT],
        /// The seq of the last event the report knows: the one before the report's own, in the same entry or in an
        /// earlier one.
        stamp stands_on: u64,
    }
}
