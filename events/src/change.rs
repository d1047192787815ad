//! Changes and corrections of fields that an earlier event set.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fields::{Fields, Read};
use crate::json::Json;
use crate::place::At;
use crate::violation::Faults;

/// The change of a field. The author submits `to`; the ledger stamps `from` when it records the event, so that the
/// event alone shows the replaced value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<T> {
    /// The previous value: `None` until the ledger has stamped it, `Some(None)` if there was none.
    pub from: Option<Option<T>>,
    /// The new value; `None` clears the field.
    pub to: Option<T>,
}

impl<T> Change<T> {
    /// Returns the change as its author submits it.
    pub fn to(value: Option<T>) -> Self {
        Change { from: None, to: value }
    }

    /// Adds the previous value.
    pub fn stamped(self, from: Option<T>) -> Self {
        Change { from: Some(from), to: self.to }
    }

    /// Removes the previous value.
    pub fn unstamped(self) -> Self {
        Change { from: None, to: self.to }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<T> {
    #[serde(default = "none", deserialize_with = "some", skip_serializing_if = "Option::is_none")]
    from: Option<Option<T>>,
    to: Option<T>,
}

fn none<T>() -> Option<T> {
    None
}

/// Reads a field that is present, even as null, as `Some`.
fn some<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl<T: Serialize> Serialize for Change<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire { from: self.from.as_ref().map(Option::as_ref), to: self.to.as_ref() }.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Wire::deserialize(deserializer).map(|wire| Change { from: wire.from, to: wire.to })
    }
}

impl<T: Read> Read for Change<T> {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(value, at, faults)?;
        let has_to = fields.has("to");
        if !has_to {
            faults.add(at, "required", "state the new value: {\"to\": …} (null clears the field)");
        }
        let to = fields.may("to", faults);
        fields.close(faults);
        to.filter(|_| has_to).map(Change::to)
    }
}

/// The correction of one field of a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field keeps its value.
    #[default]
    Keep,
    /// The field counts as never stated. Written as null.
    Withdraw,
    /// The field gets this value instead.
    Set(T),
}

impl Fields<'_> {
    /// Reads a field of a correction: absent keeps, null withdraws, a value replaces.
    pub(crate) fn patch<T: Read>(&mut self, name: &'static str, faults: &mut Faults) -> Option<Patch<T>> {
        match self.take(name) {
            None => Some(Patch::Keep),
            Some(Json::Null) => Some(Patch::Withdraw),
            Some(value) => T::read(value, self.at(name), faults).map(Patch::Set),
        }
    }
}

impl<T: Clone> Patch<T> {
    /// Applies the correction to a field.
    pub fn apply(&self, field: &mut Option<T>) {
        match self {
            Patch::Keep => {}
            Patch::Withdraw => *field = None,
            Patch::Set(value) => *field = Some(value.clone()),
        }
    }
}

impl<T> Patch<T> {
    /// Returns true if the field keeps its value.
    pub fn is_keep(&self) -> bool {
        matches!(self, Patch::Keep)
    }
}

// JSON writes the value or null and leaves `Keep` out; a binary format writes two nested options.
impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = match self {
            Patch::Keep | Patch::Withdraw => None,
            Patch::Set(value) => Some(value),
        };
        match (serializer.is_human_readable(), self) {
            (true, _) => value.serialize(serializer),
            (false, Patch::Keep) => None::<Option<&T>>.serialize(serializer),
            (false, _) => Some(value).serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stated = if deserializer.is_human_readable() {
            Some(Option::<T>::deserialize(deserializer)?)
        } else {
            Option::<Option<T>>::deserialize(deserializer)?
        };
        Ok(match stated {
            None => Patch::Keep,
            Some(None) => Patch::Withdraw,
            Some(Some(value)) => Patch::Set(value),
        })
    }
}
