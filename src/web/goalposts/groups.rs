//! The number of moves in the cycle, by objective, team, level and cause.

use maud::{Markup, html};
use projections::ask::Teams;
use projections::ask::goalposts::{Goalposts, Moves};

use crate::figure;
use crate::web::when;

pub(super) fn groups(moved: &Goalposts, teams: &Teams, root: &str, as_of: Option<&str>) -> Markup {
    let keep = as_of.map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
    let objectives = moved.by_objective.iter().map(|one| {
        let name = html! {
            span.ref { (one.given) } " " a href={ (root) "/objectives/" (one.id) (keep) } { (one.title) }
        };
        (name, &one.moved)
    });
    let by_team = moved.by_team.iter().map(|one| {
        let named = one.team.as_ref().map(|id| {
            teams.teams.iter().find(|team| team.id == *id).map_or(id.to_string(), |team| team.name.to_string())
        });
        (html! { (named.unwrap_or_else(|| "of no team".into())) }, &one.moved)
    });
    let levels = moved.by_level.iter().map(|one| (html! { (one.level) }, &one.moved));
    let causes = moved.by_cause.iter().map(|one| {
        let word = one.cause.map_or("drafted, no cause asked for".into(), |cause| cause.as_str().replace('_', " "));
        (html! { (word) }, &one.moved)
    });
    let parts: [(&str, Vec<(Markup, &Moves)>); 4] = [
        ("By objective", objectives.collect()),
        ("By team", by_team.collect()),
        ("By level", levels.collect()),
        ("By cause", causes.collect()),
    ];
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Moves by objective, team, level and cause" {
            table.plain.groups {
                thead { tr {
                    th { "" } th.end { "Moves" } th.end { "Eased" } th.end { "Hardened" } th.end { "Other" }
                    th.end { "Retired" } th.end { "New" } th.end { "Days left" } th.end { "Lift" }
                } }
                tbody { (row(&html! { strong { "The cycle" } }, &moved.total)) }
                @for (title, rows) in &parts {
                    tbody {
                        tr { th.group scope="rowgroup" colspan="9" { (title) } }
                        @for (name, moved) in rows { (row(name, moved)) }
                    }
                }
            }
        }
    }
}

fn row(name: &Markup, moved: &Moves) -> Markup {
    let by = |n: u32, share| html! { (n) @if n > 0 { small.under { (figure::percent(Some(share))) } } };
    html! {
        tr {
            th scope="row" { (name) }
            td.end { (moved.moves) }
            td.end { (by(moved.eased, moved.eased_by)) }
            td.end { (by(moved.hardened, moved.hardened_by)) }
            td.end { (moved.remeasured + moved.reworded) }
            td.end { (moved.retired) }
            td.end { (moved.appeared) }
            td.end { (moved.days_left_least.map_or(figure::NONE.into(), |days| days.to_string())) }
            td.end { span.figure { (figure::signed(moved.lift)) } }
        }
    }
}
