//! Values written as text, parsed in place.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Parses a value from a borrowed text, which is not copied before it is known to be valid.
pub(crate) fn from_text<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    // The error is raised outside the visitor: there it gets the same position as from a derived reader.
    deserializer.deserialize_str(TextVisitor(read, PhantomData))?.map_err(D::Error::custom)
}

struct TextVisitor<T, F>(F, PhantomData<T>);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for TextVisitor<T, F> {
    type Value = Result<T, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Result<T, String>, E> {
        Ok((self.0)(text))
    }
}
