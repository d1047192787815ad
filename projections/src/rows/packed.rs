//! Values stored inline or out of line as a whole.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

use super::Stated;
use super::long::SHORT_MAX;

/// A value stored as JSON outside its row if it is long; a short value is stored inline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Packed<T>(pub(crate) T);

impl<T: Serialize> Serialize for Packed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let short =
            postcard::serialize_with_flavor(&self.0, ShortBuffer::default()).map_err(serde::ser::Error::custom)?;
        if short.len() <= SHORT_MAX {
            return (false, OneRun(&short)).serialize(serializer);
        }
        (true, OneRun(&serde_json::to_vec(&self.0).map_err(serde::ser::Error::custom)?)).serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Packed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            return T::deserialize(deserializer).map(Packed);
        }
        let (is_json, bytes) = <(bool, &'de [u8])>::deserialize(deserializer)?;
        let value = match is_json {
            true => serde_json::from_slice(bytes).map_err(serde::de::Error::custom)?,
            false => postcard::from_bytes(bytes).map_err(serde::de::Error::custom)?,
        };
        Ok(Packed(value))
    }
}

/// Bytes serialized in one call, so that the encoder sees them as one value.
struct OneRun<'b>(&'b [u8]);

impl Serialize for OneRun<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// Output buffer for short values in postcard.
#[derive(Default)]
struct ShortBuffer(SmallVec<[u8; SHORT_MAX]>);

impl postcard::ser_flavors::Flavor for ShortBuffer {
    type Output = SmallVec<[u8; SHORT_MAX]>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Self::Output> {
        Ok(self.0)
    }
}

/// Packs a field: `#[serde(with = "packed")]`.
pub(super) fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    Packed(value).serialize(serializer)
}

/// Unpacks a packed field.
pub(super) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    Packed::deserialize(deserializer).map(|packed| packed.0)
}

/// Packs a stated value: `#[serde(with = "packed::stated")]`.
pub(super) mod stated {
    use super::{Deserialize, DeserializeOwned, Deserializer, Packed, Serialize, Serializer, Stated};

    pub(in crate::rows) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Stated<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let packed =
            value.as_ref().map(|stated| Stated { what: Packed(&stated.what), time: stated.time, seq: stated.seq });
        packed.serialize(serializer)
    }

    pub(in crate::rows) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Stated<T>>, D::Error> {
        let packed = Option::<Stated<Packed<T>>>::deserialize(deserializer)?;
        Ok(packed.map(|stated| Stated { what: stated.what.0, time: stated.time, seq: stated.seq }))
    }
}
