//! JSON Schemas (2020-12) of the events that clients submit, made from the same definitions as their reading.
//!
//! A schema accepts every event that [`Submission::read`](crate::Submission::read) accepts. It does not state the rules
//! that span several fields, nor those that depend on the ledger's state.

use serde_json::{Map, Value, json};

use crate::change::{Change, Patch};
use crate::limits::{Items, Measured};

/// The version of JSON Schema that schemas are written in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// A part of an event that has a schema.
pub(crate) trait Describe: Measured {
    /// Returns the schema of a value within this limit.
    fn schema(limit: Self::Limit) -> Value;
}

/// The schema of an object, built field by field.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    properties: Map<String, Value>,
    required: Vec<&'static str>,
}

impl Shape {
    /// Adds a field that must be there.
    pub(crate) fn need(&mut self, name: &'static str, about: &str, schema: Value) {
        self.required.push(name);
        self.properties.insert(name.into(), described(schema, about));
    }

    /// Adds a field that may be absent, or null, which means the same.
    pub(crate) fn may(&mut self, name: &'static str, about: &str, schema: Value) {
        self.properties.insert(name.into(), described(or_null(schema), about));
    }

    /// Returns the schema of an object that has these fields and no others.
    pub(crate) fn close(self, about: &str) -> Value {
        let Shape { properties, required } = self;
        let object = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        described(object, about)
    }
}

/// Adds a description, taken from the lines of a doc comment.
fn described(mut schema: Value, about: &str) -> Value {
    let about = about.trim();
    if let Value::Object(fields) = &mut schema
        && !about.is_empty()
    {
        fields.insert("description".into(), about.into());
    }
    schema
}

fn or_null(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// Returns the schema of a whole event of a type whose data has this schema.
pub(crate) fn event(kind: &str, about: &str, data: Value) -> Value {
    let needs_data = data.get("required").and_then(Value::as_array).is_some_and(|required| !required.is_empty());
    let mut shape = Shape::default();
    shape.need("specversion", "The version of CloudEvents.", json!({"const": "1.0"}));
    shape.need("id", "The event's id: a retry key, unique in its ledger.", event_id());
    shape.need("source", "The author, as a URI reference such as `/people/ada`.", text(2_000));
    shape.need("type", "The type of the event.", json!({"const": kind}));
    shape.need("subject", "The id or the ref of the goal, cycle, team or theme the event is about.", subject_id());
    shape.may("time", "The moment it happened; the moment of recording if absent.", date_time());
    shape.may("datacontenttype", "The content type of `data`: JSON.", text(500));
    shape.may("dataschema", "The schema that the author claims for `data`, as a URI.", text(2_000));
    match needs_data {
        true => shape.need("data", "", data),
        false => shape.may("data", "", data),
    }
    let mut schema = shape.close(about);
    if let Value::Object(fields) = &mut schema {
        // Extension attributes of CloudEvents: stored and served as they came.
        let value = json!({"type": ["string", "boolean", "integer", "null"]});
        fields.insert("additionalProperties".into(), value);
        fields.insert("propertyNames".into(), json!({"pattern": "^[a-z0-9]+$"}));
        fields.insert("title".into(), kind.into());
        fields.insert("$schema".into(), DIALECT.into());
    }
    schema
}

/// A text of 1 to so many characters.
pub(crate) fn text(chars_max: usize) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": chars_max})
}

/// A text that matches a pattern.
pub(crate) fn pattern(pattern: &str) -> Value {
    json!({"type": "string", "pattern": pattern})
}

/// A number from 0 to 1.
pub(crate) fn share() -> Value {
    json!({"type": "number", "minimum": 0, "maximum": 1})
}

/// A list of at most so many items.
pub(crate) fn list(items: Value, items_max: usize) -> Value {
    json!({"type": "array", "items": items, "maxItems": items_max})
}

pub(crate) fn subject_id() -> Value {
    pattern(r"^[A-Za-z0-9._-]{1,64}$")
}

pub(crate) fn event_id() -> Value {
    pattern(r"^\S{1,256}$")
}

fn date_time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// Gives types without limits their schemas.
macro_rules! plain {
    ($($type:ty => $schema:expr),* $(,)?) => { $(
        impl $crate::schema::Describe for $type {
            fn schema((): ()) -> serde_json::Value {
                $schema
            }
        }
    )* };
}
pub(crate) use plain;

plain!(
    bool => json!({"type": "boolean"}),
    u32 => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
    chrono::NaiveDate => json!({"type": "string", "format": "date"}),
);

impl<T: Describe<Limit: Copy>> Describe for Vec<T> {
    fn schema(limit: Items<T::Limit>) -> Value {
        list(T::schema(limit.each()), limit.most())
    }
}

impl<T: Describe> Describe for Patch<T> {
    fn schema(limit: T::Limit) -> Value {
        T::schema(limit)
    }
}

impl<T: Describe> Describe for Change<T> {
    fn schema(limit: T::Limit) -> Value {
        let mut shape = Shape::default();
        shape.need("to", "The new value; null clears the field.", or_null(T::schema(limit)));
        shape.close("")
    }
}
