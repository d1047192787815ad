//! Field changes, collected for the trail while the fields are set.

use events::Change;
use serde::Serialize;

use super::{FieldChange, JsonText};

/// The changed fields, in the order they were set.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Changes(Vec<FieldChange>);

impl Changes {
    /// Records a field, before and after, if the two differ.
    pub(crate) fn note<T: Serialize + PartialEq>(&mut self, field: &str, from: &Option<T>, to: &Option<T>) {
        if from != to {
            let json = |value: &Option<T>| value.as_ref().map_or_else(JsonText::null, JsonText::of);
            self.0.push(FieldChange { field: field.into(), from: json(from), to: json(to) });
        }
    }

    /// Sets a field that always has a value.
    pub(super) fn set<T: Clone + PartialEq + Serialize>(
        &mut self,
        name: &str,
        field: &mut T,
        change: &Option<Change<T>>,
    ) {
        if let Some(to) = change.as_ref().and_then(|change| change.to.as_ref()) {
            self.note(name, &Some(&*field), &Some(to));
            *field = to.clone();
        }
    }

    /// Sets or clears an optional field.
    pub(super) fn set_or_clear<T: Clone + PartialEq + Serialize>(
        &mut self,
        name: &str,
        field: &mut Option<T>,
        change: &Option<Change<T>>,
    ) {
        if let Some(change) = change {
            self.note(name, field, &change.to);
            field.clone_from(&change.to);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_fields(self) -> Vec<FieldChange> {
        self.0
    }
}
