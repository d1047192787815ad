//! JSON read so that nothing in it goes unseen.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

use super::{Json, Object};
use crate::clip::clip;

/// Why a text is not the JSON we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON: {0}")]
pub struct JsonError(pub String);

/// Reads JSON, keeping every digit of its numbers. An object that names a field twice is refused, because one of the two
/// would be lost in silence.
pub fn parse_json(bytes: &[u8]) -> Result<Json<'_>, JsonError> {
    // serde_json keeps the digits of a number in a map with a private key; an author's map of that form would be read as
    // a number.
    if memchr::memmem::find(bytes, QUOTED_PRIVATE).is_some() {
        return Err(JsonError(NAMES_PRIVATE.into()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => read(serde_json::Deserializer::from_str(text)),
        // Read all the same, for the place of what is wrong.
        Err(_) => read(serde_json::Deserializer::from_slice(bytes)),
    }
    .map_err(|error| JsonError(error.to_string()))
}

const PRIVATE: &str = "$serde_json::private::";
const QUOTED_PRIVATE: &[u8] = b"\"$serde_json::private::";
const PRIVATE_NUMBER: &str = "$serde_json::private::Number";
const NAMES_PRIVATE: &str = "it names a private key of the JSON reader";

fn read<'a, R: serde_json::de::Read<'a>>(
    mut deserializer: serde_json::Deserializer<R>,
) -> Result<Json<'a>, serde_json::Error> {
    let mut json = Json::Null;
    let roomy = Cell::new(ROOMY_MAX);
    Fill(&mut json, &roomy).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(json)
}

/// From so many fields on, their names are kept sorted: a hostile object has a hundred thousand.
const MANY: usize = 16;

/// So many objects and lists are given room for what an event's usually hold. Those beyond begin with room for one: of a
/// body that consists of them, the rest would take a hundred times its bytes.
const ROOMY_MAX: usize = 8_192;

/// Reads a value into its place: handed up from call to call, it would be copied each time. Beside it, how many more
/// objects and lists are given room.
struct Fill<'s, 'de>(&'s mut Json<'de>, &'s Cell<usize>);

/// Returns for how many fields or items one more object or list is given room at first.
fn room(roomy: &Cell<usize>, usual: usize) -> usize {
    let left = roomy.get();
    roomy.set(left.saturating_sub(1));
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
            // serde_json hands over a number of arbitrary precision as a map with this one private key.
            if name.starts_with(PRIVATE) {
                let Cow::Borrowed(PRIVATE_NUMBER) = name else {
                    // By an author, with an escape in it: nothing else than that is found by now.
                    return Err(A::Error::custom(NAMES_PRIVATE));
                };
                *self.0 = Json::Number(access.next_value::<String>()?.into());
                return Ok(());
            }
            if fields.is_empty() {
                fields.reserve_exact(room(self.1, MANY / 2));
            }
            if fields.len() == MANY {
                names = fields.iter().map(|(name, _)| name.clone()).collect();
            }
            let is_repeated = match fields.len() < MANY {
                true => fields.iter().any(|(known, _)| *known == name),
                false => !names.insert(name.clone()),
            };
            if is_repeated {
                return Err(A::Error::custom(format!("the field `{}` is named twice in one object", clip(&name))));
            }
            access.next_value_seed(Fill(&mut fields.push_mut((name, Json::Null)).1, self.1))?;
        }
        *self.0 = Json::Object(Object(fields));
        Ok(())
    }
}

/// Reads an item to the end of a list.
struct Push<'s, 'de>(&'s mut Vec<Json<'de>>, &'s Cell<usize>);

impl<'de> DeserializeSeed<'de> for Push<'_, 'de> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Push(items, roomy) = self;
        if items.is_empty() {
            items.reserve_exact(room(roomy, 4));
        }
        Fill(items.push_mut(Json::Null), roomy).deserialize(deserializer)
    }
}

/// Reads a text, borrowed where it was written without escapes.
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
