//! Rules of teams.

use std::collections::BTreeSet;

use events::{SubjectId, TeamChanged, TeamFormed, list_names};

use super::judge::Judge;
use crate::rows::{Error, Key, Rows, Table, TeamRow, all};

pub(super) fn formed<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &TeamFormed) -> Result<(), Error> {
    judge.new_id()?;
    if let Some(parent) = &data.parent {
        judge.team("/data/parent", parent)?;
    }
    Ok(())
}

pub(super) fn changed<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &TeamChanged) -> Result<(), Error> {
    let id = judge.submission.subject.clone();
    if judge.team("/subject", &id)?.is_none() {
        return Ok(());
    }
    let Some(parent) = &data.parent else { return Ok(()) };
    if judge.team("/data/parent", parent)?.is_some() && is_within(judge, parent, &id)? {
        judge.invalid("/data/parent", "loop", format!("`{parent}` is part of `{id}`: a team cannot be part of itself"));
    }
    Ok(())
}

pub(super) fn dissolved<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    let id = judge.submission.subject.clone();
    judge.team("/subject", &id)?;
    let parts: Vec<String> = all::<TeamRow>(judge.rows, &Key::of(Table::Team))?
        .into_iter()
        .filter(|team| !team.dissolved && team.parent.as_ref() == Some(&id) && !judge.unsettled.has(&team.id))
        .map(|team| team.id.to_string())
        .collect();
    if !parts.is_empty() {
        let parts = list_names(parts.iter().map(String::as_str));
        let says = format_args!("other teams are still part of this one: {parts}; move or dissolve them first");
        judge.conflict("/subject", "has_parts", says);
    }
    Ok(())
}

/// Returns true if `team` is `whole` or part of it. The walk ends even if an imported copy contains a loop.
fn is_within<R: Rows + ?Sized>(judge: &Judge<'_, R>, team: &SubjectId, whole: &SubjectId) -> Result<bool, Error> {
    let mut seen = BTreeSet::new();
    let mut next = Some(team.clone());
    while let Some(id) = next.take_if(|id| !seen.contains(id)) {
        if id == *whole {
            return Ok(true);
        }
        next = judge.row::<TeamRow>(&TeamRow::key_of(id.as_str()))?.and_then(|team| team.parent);
        seen.insert(id);
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
