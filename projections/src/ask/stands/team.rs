//! Teams as they stand.

use events::{SubjectId, Text};
use serde::{Deserialize, Serialize};

use crate::ask::{AsOf, Asked};
use crate::rows::{Error, Key, Rows, Table, TeamRow, all};

/// The teams of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Teams {
    /// The ledger's slug.
    pub ledger: String,
    /// What was known.
    pub as_of: AsOf,
    /// The teams, by id, dissolved ones too.
    pub teams: Vec<TeamStands>,
}

/// A team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamStands {
    /// Its id.
    pub id: SubjectId,
    /// Its name.
    pub name: Text,
    /// The team it is part of.
    pub parent: Option<SubjectId>,
    /// Whether it was dissolved.
    pub dissolved: bool,
    /// The last event about it.
    pub touched: u64,
}

/// The teams of a ledger.
pub fn teams<R: Rows + ?Sized>(asked: &Asked<'_, R>) -> Result<Teams, Error> {
    let rows: Vec<TeamRow> = all(asked.rows, &Key::of(Table::Team))?;
    let teams = rows
        .into_iter()
        .map(|TeamRow { id, name, parent, dissolved, touched }| TeamStands { id, name, parent, dissolved, touched })
        .collect();
    Ok(Teams { ledger: asked.ledger.to_owned(), as_of: asked.as_of, teams })
}
