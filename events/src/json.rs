//! JSON from outside, read so that nothing in it goes unseen.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Why a text is not the JSON we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON: {0}")]
pub struct JsonError(pub String);

/// Reads JSON, keeping every digit of its numbers. An object that names a field twice is refused, because one of the two
/// would be lost in silence.
pub fn parse_json(bytes: &[u8]) -> Result<Value, JsonError> {
    // serde_json keeps the digits of a number in a map with a private key; an author's map of that form would be read as
    // a number.
    if memchr::memmem::find(bytes, PRIVATE).is_some() {
        return Err(JsonError("it names a private key of the JSON reader".into()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict.deserialize(&mut deserializer).map_err(|error| JsonError(error.to_string()))?;
    deserializer.end().map_err(|error| JsonError(error.to_string()))?;
    Ok(value)
}

const PRIVATE: &[u8] = b"\"$serde_json::private::";

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            // serde_json hands over a number of arbitrary precision as a map with this one private key.
            if name == "$serde_json::private::Number" {
                let digits: String = access.next_value()?;
                return digits.parse().map(Value::Number).map_err(A::Error::custom);
            }
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("the field `{name}` is named twice in one object")));
            }
            let value = access.next_value_seed(Strict)?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let value =
            parse_json(br#"{"a": [1e400, 0.1000, 12345678901234567890123], "b": {"c": null, "d": true}}"#).unwrap();
        assert_eq!(value.to_string(), r#"{"a":[1e+400,0.1000,12345678901234567890123],"b":{"c":null,"d":true}}"#);
    }

    #[test]
    fn an_object_is_never_taken_for_a_number() {
        assert!(parse_json(br#"{"value": {"$serde_json::private::Number": "12"}}"#).is_err());
    }

    #[test]
    fn a_field_named_twice_is_refused() {
        let error = parse_json(br#"{"data": {"value": 1, "value": 2}}"#).unwrap_err();
        assert!(error.to_string().contains("`value` is named twice"), "{error}");
    }

    #[test]
    fn what_is_not_json_is_refused_with_its_place() {
        for bad in [&b"{"[..], b"NaN", b"{} {}", b"{\"a\": NaN}", b"\xff", b""] {
            assert!(parse_json(bad).unwrap_err().to_string().contains("line 1"), "{bad:?}");
        }
    }
}
