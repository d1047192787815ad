//! Rules of objectives.

use std::collections::BTreeSet;

use events::{Level, ObjectiveAmended, ObjectiveDrafted, ObjectiveRetired, Rule, SubjectId, Text, clip};

use super::judge::Judge;
use super::{justification, key_result};
use crate::rows::{CycleState, Error, ObjectiveRow, Row as _, Rows, SubjectKind, ThemeRow, UnitRow, row, some};

/// The most themes listed in a warning about missing themes.
const THEMES_NAMED: usize = 10;

pub(super) fn drafted<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &ObjectiveDrafted) -> Result<(), Error> {
    judge.new_id()?;
    judge.new_ref(|counters| counters.objectives)?;
    let cycle = judge.cycle("/data/cycle", &data.cycle)?;
    if let Some(cycle) = &cycle {
        judge.not_closed(cycle);
    }
    if let Some(team) = &data.team {
        judge.team("/data/team", team)?;
    }
    if let Some(supports) = &data.supports {
        supports_stands(judge, "/data/supports", supports)?;
    }
    advise_title(judge, "/data/title", &data.title);
    if let Some(cycle) = &cycle {
        check_themes(judge, "/data/themes", &cycle.id, &data.themes)?;
        advise_count(judge, "", &UnitRow::new(&cycle.id, data.level, data.team.as_ref(), &data.owner))?;
    }
    if data.level == Level::Team && data.supports.is_none() {
        advise_support(judge, "/data/supports");
    }
    Ok(())
}

pub(super) fn amended<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &ObjectiveAmended) -> Result<(), Error> {
    let Some((cycle, objective)) = judge.objective()? else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.objective_stands(&objective);
    judge.may_be_made_at_once(&cycle, false);
    match &data.justification {
        Some(given) => justification::check(judge, &cycle, given, objective.owner.as_str())?,
        None if cycle.state == CycleState::Open => {}
        None => {
            let says = "the cycle has started: a change to a goal is an adjustment and needs a `justification`";
            judge.invalid("/data/justification", "required", says);
        }
    }

    let changes = &data.changes;
    let to = |change: &Option<events::Change<SubjectId>>| change.as_ref().and_then(|change| change.to.clone());
    if let Some(team) = to(&changes.team) {
        judge.team("/data/changes/team/to", &team)?;
    }
    if let Some(supports) = to(&changes.supports) {
        supports_stands(judge, "/data/changes/supports/to", &supports)?;
        if leads_to(judge, &supports, &objective)? {
            let says =
                format!("`{supports}` supports this objective, directly or through others: this would be a loop");
            judge.invalid("/data/changes/supports/to", "loop", says);
        }
    }
    if let Some(title) = changes.title.as_ref().and_then(|change| change.to.as_ref()) {
        advise_title(judge, "/data/changes/title/to", title);
    }
    if let Some(themes) = changes.themes.as_ref().map(|change| change.to.clone().unwrap_or_default()) {
        check_themes(judge, "/data/changes/themes/to", &cycle.id, &themes)?;
    }
    let mut after = ObjectiveRow::clone(&objective);
    if after.amend(&data.changes).is_empty() {
        judge.invalid(
            "/data/changes",
            "nothing_changes",
            "the objective already has these values: nothing would change",
        );
    }
    if after.level == Level::Team && after.team.is_none() {
        judge.invalid("/data/changes", "required", "a team's objective must name its `team`");
    }
    // Warnings of a draft also apply when an amendment causes the situation.
    let supports_nothing = |one: &ObjectiveRow| one.level == Level::Team && one.supports.is_none();
    if supports_nothing(&after) && !supports_nothing(&objective) {
        advise_support(judge, "/data/changes");
    }
    if UnitRow::of(&after) != UnitRow::of(&objective) {
        advise_count(judge, "/data/changes", &UnitRow::of(&after))?;
    }
    Ok(())
}

pub(super) fn retired<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, data: &ObjectiveRetired) -> Result<(), Error> {
    let Some((cycle, objective)) = judge.objective()? else { return Ok(()) };
    judge.not_closed(&cycle);
    judge.objective_stands(&objective);
    judge.may_be_made_at_once(&cycle, true);
    // The method asks for a retirement where the spirit of a goal cannot be preserved, so that question does not count
    // against it. The other two do.
    let given = events::Justification { preserves_objective: true, ..data.justification.clone() };
    justification::check(judge, &cycle, &given, objective.owner.as_str())?;
    judge.replacements(&data.replaced_by, |judge, pointer, id| check_replacement(judge, &objective, pointer, id))
}

fn check_replacement<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    objective: &ObjectiveRow,
    pointer: &str,
    id: &SubjectId,
) -> Result<(), Error> {
    match judge.subject(id)? {
        Some(SubjectKind::Objective(_)) if *id == objective.id => {
            judge.invalid(pointer, "replaces_itself", "an objective cannot replace itself");
        }
        Some(SubjectKind::Objective(place)) => {
            if row::<ObjectiveRow>(judge.rows, &place.key())?.is_some_and(|other| other.retired.is_some()) {
                judge.conflict(pointer, "already_retired", format!("`{id}` is itself retired"));
            }
        }
        other => judge.not_a(pointer, id, "an objective", other),
    }
    Ok(())
}

pub(super) fn scored<R: Rows + ?Sized>(judge: &mut Judge<'_, R>) -> Result<(), Error> {
    if let Some((cycle, objective)) = judge.objective()? {
        judge.under_way(&cycle);
        judge.objective_stands(&objective);
    }
    Ok(())
}

/// Checks that the supported objective or key result is active.
fn supports_stands<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, pointer: &str, id: &SubjectId) -> Result<(), Error> {
    let retired = match judge.subject(id)? {
        Some(SubjectKind::Objective(place)) => {
            row::<ObjectiveRow>(judge.rows, &place.key())?.is_some_and(|objective| objective.retired.is_some())
        }
        Some(SubjectKind::KeyResult(place)) => key_result::is_retired(judge.rows, &place)?,
        other => {
            judge.not_a(pointer, id, "an objective or a key result", other);
            false
        }
    };
    if retired {
        let says = format!("`{id}` or its objective is retired: support an active goal");
        judge.conflict(pointer, "already_retired", says);
    }
    Ok(())
}

/// Returns true if the chain of supports from `id` upwards reaches `objective`. The walk ends even if an imported copy
/// contains a loop.
fn leads_to<R: Rows + ?Sized>(judge: &Judge<'_, R>, id: &SubjectId, objective: &ObjectiveRow) -> Result<bool, Error> {
    let mut seen = BTreeSet::new();
    let mut next = Some(id.clone());
    while let Some(id) = next.take_if(|id| !seen.contains(id)) {
        let place = match judge.subject(&id)? {
            Some(SubjectKind::Objective(place)) => place,
            Some(SubjectKind::KeyResult(place)) => place.objective(),
            _ => return Ok(false),
        };
        if place == objective.place() {
            return Ok(true);
        }
        next = row::<ObjectiveRow>(judge.rows, &place.key())?.and_then(|upper| upper.supports);
        seen.insert(id);
    }
    Ok(false)
}

fn advise_title<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, pointer: &str, title: &Text) {
    if title.as_str().chars().any(char::is_numeric) {
        let says = "an objective gives a direction without a number: put the number into a key result";
        judge.find(Rule::NumberInObjective, pointer, says);
    }
}

fn check_themes<R: Rows + ?Sized>(
    judge: &mut Judge<'_, R>,
    pointer: &str,
    cycle: &SubjectId,
    themes: &[SubjectId],
) -> Result<(), Error> {
    let mut before = BTreeSet::new();
    for (n, theme) in themes.iter().enumerate() {
        match judge.subject(theme)? {
            Some(SubjectKind::Theme(of)) if of == *cycle => {}
            Some(SubjectKind::Theme(of)) => {
                let says = format!("the theme `{theme}` belongs to the cycle `{of}`, not to `{cycle}`");
                judge.invalid(&format!("{pointer}/{n}"), "wrong_subject", says);
            }
            other => judge.not_a(&format!("{pointer}/{n}"), theme, "a theme", other),
        }
        if !before.insert(theme) {
            judge.invalid(&format!("{pointer}/{n}"), "repeated", format_args!("the theme `{theme}` is listed twice"));
        }
    }
    if themes.is_empty() {
        // One more than is listed, to know whether there are others.
        let of_cycle = ThemeRow::of_cycle(cycle.as_str());
        let declared: Vec<ThemeRow> = some(judge.rows, &of_cycle, &of_cycle, THEMES_NAMED + 1)?;
        if !declared.is_empty() {
            let names: Vec<&str> = declared.iter().take(THEMES_NAMED).map(|theme| theme.id.as_str()).collect();
            let others = if declared.len() > THEMES_NAMED { " and others" } else { "" };
            let names = names.join(", ");
            let says = format!("the cycle declares themes ({names}{others}): name the ones this objective serves");
            judge.find(Rule::OutsideThemes, pointer, says);
        }
    }
    Ok(())
}

fn advise_support<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, pointer: &str) {
    let says = "a team's objective supports a company objective: name it under `supports`";
    judge.find(Rule::SupportsNothing, pointer, says);
}

/// Warns if one more objective exceeds the limit of its owner unit, which does not count that objective yet.
fn advise_count<R: Rows + ?Sized>(judge: &mut Judge<'_, R>, pointer: &str, unit: &UnitRow) -> Result<(), Error> {
    let others = judge.row::<UnitRow>(&unit.key())?.map_or(0, |unit| unit.standing);
    let most = judge.policy.limits.objectives_max;
    if others >= most {
        let whose = match (unit.level, &unit.whose) {
            (Level::Team, Some(team)) => format!("the team `{team}`"),
            (Level::Individual, Some(owner)) => clip(owner).to_string(),
            (Level::Company | Level::Team | Level::Individual, _) => "the company".to_owned(),
        };
        let says = format!("this is objective {} of {whose} in the cycle; at most {most} are advised", others + 1);
        judge.find(Rule::TooManyObjectives, pointer, says);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
