//! A JSON reader that loses nothing: neither digits of numbers nor repeated fields.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use super::{Json, Object};
use crate::clip::clip;

/// The reason why a body is not accepted as JSON, with the position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON: {0}")]
pub struct JsonError(pub String);

/// Reads JSON, keeping every digit of its numbers. Rejects an object with a repeated field, because one of the two
/// values would be lost silently.
pub fn parse_json(bytes: &[u8]) -> Result<Json<'_>, JsonError> {
    // serde_json keeps the digits of a number in a map with a private key. A client's object of that form would be read
    // as a number.
    if memchr::memmem::find(bytes, QUOTED_PRIVATE).is_some() {
        return Err(JsonError(NAMES_PRIVATE.into()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read(serde_json::Deserializer::from_str(text)),
        // Invalid UTF-8 is read too, because the error contains its position.
        Err(_) => read(serde_json::Deserializer::from_slice(bytes)),
    }
    .map_err(|error| JsonError(error.to_string()))
}

const PRIVATE: &str = "$serde_json::private::";
const QUOTED_PRIVATE: &[u8] = b"\"$serde_json::private::";
const PRIVATE_NUMBER: &str = "$serde_json::private::Number";
const NAMES_PRIVATE: &str = "it contains a private key of the JSON reader: rename the key";

fn read<'a, R: serde_json::de::Read<'a>>(
    mut deserializer: serde_json::Deserializer<R>,
) -> Result<Json<'a>, serde_json::Error> {
    let mut json = Json::Null;
    let preallocations = Cell::new(PREALLOCATED_MAX);
    Fill(&mut json, &preallocations).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(json)
}

/// The number of fields from which names are looked up in a set: a hostile object has a hundred thousand.
const MANY: usize = 16;

/// The number of objects and lists that are allocated for the usual content of an event. Later ones start with capacity
/// for one: a body full of small objects would otherwise take a hundred times its size in memory.
const PREALLOCATED_MAX: usize = 8_192;

/// Reads a value into its final location, because a returned value would be copied at every level. The second field
/// counts the remaining preallocations.
struct Fill<'s, 'de>(&'s mut Json<'de>, &'s Cell<usize>);

/// Returns the initial capacity of one more object or list.
fn capacity(preallocations: &Cell<usize>, usual: usize) -> usize {
    let left = preallocations.get();
    preallocations.set(left.saturating_sub(1));
    if left > 0 { usual } else { 1 }
}

impl<'de> DeserializeSeed<'de> for Fill<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Fill<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        *self.0 = Json::Null;
        Ok(())
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        *self.0 = Json::Bool(value);
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        *self.0 = i64::try_from(value).map_or_else(|_| Json::Number(value.to_string().into()), Json::Whole);
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        *self.0 = Json::Whole(value);
        Ok(())
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<(), E> {
        *self.0 = Json::Text(Cow::Borrowed(value));
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        *self.0 = Json::Text(Cow::Owned(value.to_owned()));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut items = Vec::new();
        while seq.next_element_seed(Push(&mut items, self.1))?.is_some() {}
        *self.0 = Json::List(items);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        let mut fields: Vec<(Cow<'de, str>, Json<'de>)> = Vec::new();
        let mut names = BTreeSet::new();
        while let Some(name) = access.next_key_seed(Name)? {
            // serde_json passes a number of arbitrary precision as a map with this one private key.
            if name.starts_with(PRIVATE) {
                let Cow::Borrowed(PRIVATE_NUMBER) = name else {
                    // The key comes from a client and contains an escape: `parse_json` has already rejected the plain
                    // spelling.
                    return Err(A::Error::custom(NAMES_PRIVATE));
                };
                *self.0 = Json::Number(access.next_value::<String>()?.into());
                return Ok(());
            }
            if fields.is_empty() {
                fields.reserve_exact(capacity(self.1, MANY / 2));
            }
            if fields.len() == MANY {
                names = fields.iter().map(|(name, _)| name.clone()).collect();
            }
            let is_repeated = match fields.len() < MANY {
                true => fields.iter().any(|(known, _)| *known == name),
                false => !names.insert(name.clone()),
            };
            if is_repeated {
                return Err(A::Error::custom(format!("the field `{}` appears twice in one object", clip(&name))));
            }
            access.next_value_seed(Fill(&mut fields.push_mut((name, Json::Null)).1, self.1))?;
        }
        *self.0 = Json::Object(Object(fields));
        Ok(())
    }
}

/// Appends an item to a list.
struct Push<'s, 'de>(&'s mut Vec<Json<'de>>, &'s Cell<usize>);

impl<'de> DeserializeSeed<'de> for Push<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Push(items, preallocations) = self;
        if items.is_empty() {
            items.reserve_exact(capacity(preallocations, 4));
        }
        Fill(items.push_mut(Json::Null), preallocations).deserialize(deserializer)
    }
}

/// Reads a string, borrowed if it was written without escapes.
pub(crate) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }

    fn visit_string<E>(self, name: String) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name))
    }
}
