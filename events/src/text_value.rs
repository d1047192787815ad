//! Values that are told as text, read from it where it stands.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Reads a value from a text that is borrowed, and so not copied before it is known to be one.
pub(crate) fn from_text<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    read: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    // What is wrong with the text is told outside of its reading: there it gets the place it always had.
    deserializer.deserialize_str(Said(read, PhantomData))?.map_err(D::Error::custom)
}

struct Said<T, F>(F, PhantomData<T>);

impl<T, F: FnOnce(&str) -> Result<T, String>> Visitor<'_> for Said<T, F> {
    type Value = Result<T, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Result<T, String>, E> {
        Ok((self.0)(text))
    }
}
