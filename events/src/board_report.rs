//! Reports to a board.

use serde::{Deserialize, Serialize};

use crate::fields::{Fields, Read};
use crate::id::SubjectId;
use crate::json::Json;
use crate::limits::{NAME, TEXT, limited};
use crate::place::At;
use crate::text::Text;
use crate::violation::Faults;

/// `okr.board_report.issued`: a board was told where a cycle stands. What it was told is what the ledger knew then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardReportIssued {
    /// The cycle it reports on.
    pub cycle: SubjectId,
    /// Its title.
    pub title: Text,
    /// What was said with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Text>,
    /// The last event it knows: the one before its own, in the same entry or in an earlier one. Stamped by the ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_on: Option<u64>,
}

limited!(BoardReportIssued { cycle, title [NAME], note [TEXT] } stamped { stands_on });

// What it stands on is the ledger's to stamp: a submission that names it has an unknown field.
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
