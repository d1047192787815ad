//! Replacements of a retired goal.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::de::{SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fields::Read;
use crate::id::SubjectId;
use crate::json::Json;
use crate::limits::{Items, Measured, count_fits};
use crate::place::At;
use crate::schema::{Describe, list};
use crate::violation::Faults;

/// The goals that replace a retired goal: none, one, or the several it was split into. In JSON, one is its id, several
/// are a list, and none is absent or null.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replacements(Vec<SubjectId>);

impl Replacements {
    /// Returns the replacements, or `None` if nothing replaces the goal.
    pub fn named(&self) -> Option<&Self> {
        (!self.is_empty()).then_some(self)
    }

    /// Returns true if nothing replaces the goal.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each id with its JSON Pointer, if `at` is the pointer of the field.
    pub fn at<'a>(&'a self, at: &'a str) -> impl Iterator<Item = (String, &'a SubjectId)> {
        let one = self.0.len() == 1;
        self.iter().enumerate().map(move |(n, id)| (if one { at.to_owned() } else { format!("{at}/{n}") }, id))
    }
}

impl Deref for Replacements {
    type Target = [SubjectId];
    fn deref(&self) -> &[SubjectId] {
        &self.0
    }
}

impl DerefMut for Replacements {
    fn deref_mut(&mut self) -> &mut [SubjectId] {
        &mut self.0
    }
}

impl FromIterator<SubjectId> for Replacements {
    fn from_iter<T: IntoIterator<Item = SubjectId>>(ids: T) -> Self {
        Replacements(ids.into_iter().collect())
    }
}

impl Read for Replacements {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        match value {
            Json::List(_) => Vec::read(value, at, faults).map(Replacements),
            one => SubjectId::read(one, at, faults).map(|id| Replacements(vec![id])),
        }
    }
}

impl Measured for Replacements {
    type Limit = Items<()>;

    fn measure(&self, limit: Items<()>, at: At<'_>, faults: &mut Faults) {
        count_fits(self.len(), limit.most(), at, faults);
    }
}

impl Describe for Replacements {
    fn schema(limit: Items<()>) -> serde_json::Value {
        let id = SubjectId::schema(());
        serde_json::json!({"anyOf": [id, list(id, limit.most())]})
    }
}

impl Serialize for Replacements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [] if serializer.is_human_readable() => serializer.serialize_none(),
            [one] if serializer.is_human_readable() => one.serialize(serializer),
            all => all.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Replacements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(NoneOneOrMore)
        } else {
            Vec::deserialize(deserializer).map(Replacements)
        }
    }
}

struct NoneOneOrMore;

impl<'de> Visitor<'de> for NoneOneOrMore {
    type Value = Replacements;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id, or a list of ids")
    }

    fn visit_unit<E>(self) -> Result<Replacements, E> {
        Ok(Replacements::default())
    }

    fn visit_str<E: serde::de::Error>(self, id: &str) -> Result<Replacements, E> {
        SubjectId::new(id).map(|id| Replacements(vec![id])).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, ids: A) -> Result<Replacements, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(ids)).map(Replacements)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn none_one_and_several_come_back_as_they_were_written() {
        for (value, count) in [(json!(null), 0), (json!("a"), 1), (json!(["a", "b"]), 2)] {
            let read: Replacements = serde_json::from_value(value.clone()).unwrap();
            assert_eq!((read.len(), serde_json::to_value(&read).unwrap()), (count, value));
        }
        // A list of one equals the id alone.
        let one = Replacements::read(&Json::from(&json!(["a"])), At::from(""), &mut Faults::none()).unwrap();
        assert_eq!(serde_json::to_value(&one).unwrap(), json!("a"));
    }

    #[test]
    fn invalid_ids_are_reported_by_position() {
        let mut faults = Faults::none();
        assert_eq!(
            Replacements::read(&Json::from(&json!(["a", "b b", 3])), At::from("/data/replaced_by"), &mut faults),
            None
        );
        let found: Vec<String> = faults.into_violations().into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(found, ["/data/replaced_by/1", "/data/replaced_by/2"]);
    }
}
