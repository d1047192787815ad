//! Client JSON in memory, while a submission is read.

mod read;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::Value;

pub(crate) use self::read::Name;
pub use self::read::{JsonError, parse_json};

/// A JSON document that borrows from the bytes it was read from. Numbers keep their digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json<'a> {
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// A whole number that fits into 64 bits.
    Whole(i64),
    /// Any other number, by its digits.
    Number(Cow<'a, str>),
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Json<'a>>),
    /// An object.
    Object(Object<'a>),
}

impl Json<'_> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }

    /// Returns the kind of the value, as messages name it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Whole(_) | Json::Number(_) => "a number",
            Json::Text(_) => "a string",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }
}

/// The fields of an object, with unique names, in the order in which they were written. Comparison ignores the order.
#[derive(Debug, Clone, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Returns the number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns true if there are no fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value of a field.
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Sets a field, replacing the value of an existing one.
    pub fn insert(&mut self, name: impl Into<Cow<'a, str>>, value: Json<'a>) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, current)) => *current = value,
            None => self.0.push((name, value)),
        }
    }

    /// Returns the fields in the order in which they were written.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Returns the fields sorted by name, the order in which faults are reported.
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
        // "-0" keeps its digits: an integer has no negative zero.
        match digits.parse() {
            Ok(whole) if digits != "-0" => Json::Whole(whole),
            _ => Json::Number(digits),
        }
    }
}
