//! JSON from outside, as it is held while a submission is read.

mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::Value;

pub(crate) use self::read::Name;
pub use self::read::{JsonError, parse_json};

/// A JSON document. It borrows from the bytes it was read from, and numbers keep their digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// A whole number of 64 bits.
    Whole(i64),
    /// Any other number, by its digits.
    Number(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
}

impl Json<'_> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// What it is, in words.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Whole(_) | Json::Number(_) => "a number",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }
}

/// The fields of an object, each with a name of its own, in the order they were written in. The order does not count when
/// objects are compared.
#[derive(Debug, Clone, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Sets a field, in the place of one of that name.
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>, value: Json<'a>) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, stands)) => *stands = value,
            None => self.0.push((name, value)),
        }
    }

    /// The fields as they were written.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The fields by name: the order in which faults are told.
    pub fn sorted(&self) -> Vec<(&str, &Json<'a>)> {
        let mut fields: Vec<_> = self.iter().collect();
        fields.sort_unstable_by_key(|(name, _)| *name);
        fields
    }

    pub(crate) fn as_slice(&self) -> &[(Cow<'a, str>, Json<'a>)] {
        &self.0
    }
}

impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.sorted() == other.sorted()
    }
}

impl Eq for Object<'_> {}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => Json::number(Cow::Borrowed(number.as_str())),
            Value::String(text) => Json::Text(Cow::Borrowed(text)),
            Value::Array(items) => Json::List(items.iter().map(Json::from).collect()),
            Value::Object(map) => {
                let fields = map.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Json::from(value)));
                Json::Object(Object(fields.collect()))
            }
        }
    }
}

impl<'a> Json<'a> {
    fn number(digits: Cow<'a, str>) -> Self {
        // What the digits say is kept: "-0" is no whole number.
        match digits.parse() {
            Ok(whole) if digits != "-0" => Json::Whole(whole),
            _ => Json::Number(digits),
        }
    }
}
