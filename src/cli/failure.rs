//! Failures and warnings of commands, and their exit codes.

use std::process::ExitCode;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Refused or failed.
    Failed(String),
    /// Invalid arguments.
    Misused(String),
    /// Done, with a warning that needs attention.
    Look(String),
    /// The reader closed the output, as `head` does, so there is nobody to report to.
    Unread,
}

impl Failure {
    pub(crate) fn failed(says: impl Into<String>) -> Failure {
        Failure::Failed(says.into())
    }

    pub(crate) fn misused(says: impl Into<String>) -> Failure {
        Failure::Misused(says.into())
    }

    pub(crate) fn message(&self) -> Option<&str> {
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
