//! Resolves ids and refs.

use events::Ref;

use crate::rows::{CycleRow, Error, KeyResult, ObjectiveRow, RefRow, Rows, SubjectKind, SubjectRow, row};

/// Returns the subject with this id or, if there is none, with this ref. Ids take precedence because clients choose
/// them: a client that names an objective `O-3` means that id.
pub fn resolve(rows: &(impl Rows + ?Sized), text: &str) -> Result<Option<SubjectRow>, Error> {
    if let Some(subject) = row(rows, &SubjectRow::key_of(text))? {
        return Ok(Some(subject));
    }
    let Ok(given) = text.parse::<Ref>() else { return Ok(None) };
    let Some(named) = row::<RefRow>(rows, &RefRow::key_of(given))? else { return Ok(None) };
    row(rows, &SubjectRow::key_of(named.id.as_str()))
}

/// Returns the cycle with this id.
pub(super) fn find_cycle(rows: &(impl Rows + ?Sized), id: &str) -> Result<Option<CycleRow>, Error> {
    row(rows, &CycleRow::key_of(id))
}

/// Returns the objective with this id or ref.
pub(super) fn find_objective(rows: &(impl Rows + ?Sized), text: &str) -> Result<Option<ObjectiveRow>, Error> {
    match resolve(rows, text)?.map(|subject| subject.kind) {
        Some(SubjectKind::Objective(place)) => row(rows, &place.key()),
        _ => Ok(None),
    }
}

/// Returns the key result with this id or ref.
pub(super) fn find_key_result(rows: &(impl Rows + ?Sized), text: &str) -> Result<Option<KeyResult>, Error> {
    match resolve(rows, text)?.map(|subject| subject.kind) {
        Some(SubjectKind::KeyResult(place)) => KeyResult::at(rows, &place),
        _ => Ok(None),
    }
}
