//! The words answers use for how a goal stands.

use std::fmt;
use std::str::FromStr;

use events::Status;
use serde::{Deserialize, Serialize};

/// How a goal stands. Unlike [`Status`], which people state, it can be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It will be reached.
    OnTrack,
    /// It may be missed.
    AtRisk,
    /// It is being missed.
    Behind,
    /// Nobody said, and there is nothing to tell it from.
    Unknown,
}

impl Standing {
    /// Every word, in order.
    pub const ALL: [Standing; 4] = [Standing::OnTrack, Standing::AtRisk, Standing::Behind, Standing::Unknown];

    /// The word as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::OnTrack => "on_track",
            Standing::AtRisk => "at_risk",
            Standing::Behind => "behind",
            Standing::Unknown => "unknown",
        }
    }
}

impl From<Status> for Standing {
    fn from(stated: Status) -> Self {
        match stated {
            Status::OnTrack => Standing::OnTrack,
            Status::AtRisk => Standing::AtRisk,
            Status::Behind => Standing::Behind,
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Standing {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Standing::ALL
            .into_iter()
            .find(|word| word.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not one of {}", Standing::ALL.map(Standing::as_str).join(", ")))
    }
}

/// Whether a goal still counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalState {
    /// It counts.
    Standing,
    /// It was retired: it stays visible, out of every mean.
    Retired,
}

impl GoalState {
    /// The state of a goal that counts, or does not.
    pub(crate) fn of(stands: bool) -> Self {
        if stands { GoalState::Standing } else { GoalState::Retired }
    }

    /// Whether it counts.
    pub fn stands(self) -> bool {
        self == GoalState::Standing
    }

    /// The word as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            GoalState::Standing => "standing",
            GoalState::Retired => "retired",
        }
    }
}

impl fmt::Display for GoalState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
