//! The fields of an objective, shared by drafting and amending.

use events::{Ambition, Level};
use maud::{Markup, html};
use projections::ask::{CycleStands, Teams};

use super::Sheet;
use super::fields::{faults, id, one_of, prose, radios, text};

/// Renders the fields, each named by `name`.
pub(super) fn objective(
    sheet: &Sheet,
    cycle: &CycleStands,
    teams: &Teams,
    name: &dyn Fn(&'static str) -> String,
) -> Markup {
    let levels: Vec<_> = Level::ALL.iter().map(|level| (level.to_string(), level.to_string())).collect();
    let teams: Vec<_> = teams
        .teams
        .iter()
        .filter(|team| !team.dissolved)
        .map(|team| (team.id.to_string(), team.name.to_string()))
        .collect();
    let goals: Vec<_> =
        cycle.objectives.iter().map(|goal| (goal.id.to_string(), format!("{} {}", goal.given, goal.title))).collect();
    let expected = [
        (Ambition::Committed.as_str(), "Committed: it must happen, 1.0 is expected"),
        (Ambition::Aspirational.as_str(), "Aspirational: a stretch, 0.7 is success"),
    ];
    html! {
        (text(sheet, &name("title"), "Objective", None, false))
        (prose(sheet, &name("description"), "What it means", Some("May be left out."), 3))
        div.row {
            (text(sheet, &name("owner"), "Owner", Some("One who answers for it."), false))
            (one_of(sheet, &name("level"), "Level", None, &levels))
            @if !teams.is_empty() { (one_of(sheet, &name("team"), "Team", None, &teams)) }
        }
        (radios(sheet, &name("ambition"), "What is expected of it?", &expected))
        @if !goals.is_empty() { (one_of(sheet, &name("supports"), "Supports", None, &goals)) }
        @if !cycle.themes.is_empty() { (themes(sheet, cycle, &name("themes"))) }
    }
}

fn themes(sheet: &Sheet, cycle: &CycleStands, name: &str) -> Markup {
    html! {
        fieldset.field { legend { "Themes" }
            @for (n, theme) in cycle.themes.iter().enumerate() { label.choice {
                input type="checkbox" id={ (id(name)) "." (n) } name=(name) value=(theme.id) checked[sheet.filled.all(name).any(|chosen| chosen == theme.id.as_str())];
                span { (theme.title) }
            } }
            (faults(sheet, name))
        }
    }
}
