//! Status and state of goals, as used in answers.

use std::fmt;
use std::str::FromStr;

use events::Status;
use serde::{Deserialize, Serialize};

/// The status of a goal. Unlike [`Status`], which people state, it can be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The goal will be reached.
    OnTrack,
    /// The goal may be missed.
    AtRisk,
    /// The goal is being missed.
    Behind,
    /// No status was stated, and there is nothing to derive one from.
    Unknown,
}

impl Standing {
    /// All statuses, in order.
    pub const ALL: [Standing; 4] = [Standing::OnTrack, Standing::AtRisk, Standing::Behind, Standing::Unknown];

    /// Returns the name used in JSON and parameters.
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

/// The state of a goal: active or retired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalState {
    /// The goal is active: it counts in means.
    Standing,
    /// The goal was retired: it remains visible but counts in no mean.
    Retired,
}

impl GoalState {
    /// Returns the state of a goal that is active or not.
    pub(crate) fn of(stands: bool) -> Self {
        if stands { GoalState::Standing } else { GoalState::Retired }
    }

    /// Returns true if the goal is active.
    pub fn stands(self) -> bool {
        self == GoalState::Standing
    }

    /// Returns the name used in JSON.
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
