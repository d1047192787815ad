//! How a command ends that does not end well, or not only well.

use std::process::ExitCode;

/// Why a command was not done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It was refused, or it failed.
    Failed(String),
    /// It was asked for in a way that makes no sense.
    Misused(String),
    /// It was done, but somebody is to look at this.
    Look(String),
    /// Whoever read the output has closed it, as `head` does. Nobody is left to be told anything.
    Unread,
}

impl Failure {
    pub(crate) fn failed(says: impl Into<String>) -> Failure {
        Failure::Failed(says.into())
    }

    pub(crate) fn misused(says: impl Into<String>) -> Failure {
        Failure::Misused(says.into())
    }

    pub(crate) fn says(&self) -> Option<&str> {
        match self {
            Failure::Failed(says) | Failure::Misused(says) | Failure::Look(says) => Some(says),
            Failure::Unread => None,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Failed(_) => ExitCode::from(1),
            Failure::Misused(_) => ExitCode::from(2),
            Failure::Look(_) => ExitCode::from(3),
            Failure::Unread => ExitCode::SUCCESS,
        }
    }
}

impl From<crate::ledger::OpenError> for Failure {
    fn from(error: crate::ledger::OpenError) -> Failure {
        Failure::failed(error.to_string())
    }
}

impl From<crate::ledger::Error> for Failure {
    fn from(error: crate::ledger::Error) -> Failure {
        Failure::failed(error.to_string())
    }
}

impl From<crate::ledger::operations::Error> for Failure {
    fn from(error: crate::ledger::operations::Error) -> Failure {
        Failure::failed(error.to_string())
    }
}
