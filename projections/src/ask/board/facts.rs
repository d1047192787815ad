//! Input of a board: the fields of each goal that its figures and its line need, and no more.
//!
//! A board reads all goals of a cycle. Only the beginning of each row is decoded, up to the last field a board needs:
//! texts that no board shows are not copied, and the others are moved into the line. A row that cannot be read so is
//! decoded in full, which also yields the error for a damaged row.

mod key_result;
mod objective;

use std::fmt;

use events::Number;
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::rows::Stamp;

pub(in crate::ask) use key_result::KeyResultFacts;
pub(in crate::ask) use objective::ObjectiveFacts;

/// The stored form of a [`Grade`](crate::rows::Grade).
#[derive(serde::Deserialize)]
struct Graded<'r> {
    score: Number,
    _rationale: &'r str,
    _at: Stamp,
}

/// Presence of an optional value. The value itself follows in the row and is not read.
struct IsPresent(bool);

impl<'de> Deserialize<'de> for IsPresent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(PresenceVisitor)
    }
}

struct PresenceVisitor;

impl<'de> Visitor<'de> for PresenceVisitor {
    type Value = IsPresent;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an optional value")
    }

    fn visit_none<E>(self) -> Result<IsPresent, E> {
        Ok(IsPresent(false))
    }

    fn visit_some<D: Deserializer<'de>>(self, _: D) -> Result<IsPresent, D::Error> {
        Ok(IsPresent(true))
    }
}

#[cfg(test)]
mod tests;
