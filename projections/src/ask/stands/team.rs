//! The current state of teams.

use events::{SubjectId, Text};
use serde::{Deserialize, Serialize};

use crate::ask::{AsOf, Asked};
use crate::rows::{Error, Key, Rows, Table, TeamRow, all};

/// The teams of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Teams {
    /// The ledger's slug.
    pub ledger: String,
    /// The event up to which the answer is computed.
    pub as_of: AsOf,
    /// The teams, ordered by id, including dissolved ones.
    pub teams: Vec<TeamStands>,
}

/// The current state of a team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamStands {
    /// Client-chosen id of the team, unique in the ledger.
    pub id: SubjectId,
    /// The name in force.
    pub name: Text,
    /// The larger team that contains it.
    pub parent: Option<SubjectId>,
    /// True if the team was dissolved.
    pub dissolved: bool,
    /// The last event about the team.
    pub touched: u64,
}

/// Returns the teams of a ledger.
pub fn teams<R: Rows + ?Sized>(asked: &Asked<'_, R>) -> Result<Teams, Error> {
    let rows: Vec<TeamRow> = all(asked.rows, &Key::of(Table::Team))?;
    let teams = rows
        .into_iter()
        .map(|TeamRow { id, name, parent, dissolved, touched }| TeamStands { id, name, parent, dissolved, touched })
        .collect();
    Ok(Teams { ledger: asked.ledger.to_owned(), as_of: asked.as_of, teams })
}
