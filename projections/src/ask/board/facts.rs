//! What a board is made of: of each goal what its figures and its line need, and no more.
//!
//! A board looks at all goals of a cycle. Here the beginning of each row is read, as far as a board looks at it: texts that no
//! board shows stay where they lie, and what is kept goes into a line as it is. A row that is not understood so is read whole,
//! the usual way, which also says what is wrong with one that is damaged.

mod key_result;
mod objective;

use std::fmt;

use events::Number;
use serde::de::{Deserialize, Deserializer, Visitor};

use crate::rows::Stamp;

pub(in crate::ask) use key_result::KeyResultFacts;
pub(in crate::ask) use objective::ObjectiveFacts;

/// A [`Grade`](crate::rows::Grade).
#[derive(serde::Deserialize)]
struct Graded<'r> {
    score: Number,
    _rationale: &'r str,
    _at: Stamp,
}

/// Whether there is something. What that is comes next, and is not read any more.
struct IsThere(bool);

impl<'de> Deserialize<'de> for IsThere {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(Looking)
    }
}

struct Looking;

impl<'de> Visitor<'de> for Looking {
    type Value = IsThere;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("something, or nothing")
    }

    fn visit_none<E>(self) -> Result<IsThere, E> {
        Ok(IsThere(false))
    }

    fn visit_some<D: Deserializer<'de>>(self, _: D) -> Result<IsThere, D::Error> {
        Ok(IsThere(true))
    }
}

#[cfg(test)]
mod tests;
