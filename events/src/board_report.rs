//! Reports to a board.

use serde::{Deserialize, Serialize};

use crate::fields::{Fields, Read};
use crate::id::SubjectId;
use crate::json::Json;
use crate::limits::{NAME, TEXT, limited};
use crate::place::At;
use crate::text::Text;
use crate::violation::Faults;

/// `okr.board_report.issued`: a report on a cycle for the board. Its figures are not stored: they are those of the
/// ledger as of event `stands_on`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardReportIssued {
    /// The reported cycle's id or ref.
    pub cycle: SubjectId,
    /// At most 500 characters.
    pub title: Text,
    /// A comment for the board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The `seq` of the last event that the report covers: the one before its own, in the same entry or in an earlier
    /// one. Stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_on: Option<u64>,
}

limited!(BoardReportIssued { cycle, title [NAME], note [TEXT] } stamped { stands_on });

// Only the ledger stamps `stands_on`: in a submission it is an unknown field.
impl Read for BoardReportIssued {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, at, faults)?;
        let cycle = fields.need("cycle", faults);
        let title = fields.need("title", faults);
        let note = fields.may("note", faults);
        fields.close(faults);
        Some(BoardReportIssued { cycle: cycle?, title: title?, note: note?, stands_on: None })
    }
}
