//! The board's filters: read from the address, and the form that sets them.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use events::{Confidence, Level, Number, SubjectId, Text};
use maud::{Markup, html};
use projections::ask::{Board, BoardAsk, Standing, Teams};

use crate::figure;
use crate::request::params::Params;
use crate::web::when;

/// The filters as they were entered.
#[derive(Default)]
pub(super) struct Filters {
    team: Option<String>,
    owner: Option<String>,
    level: Option<String>,
    status: Option<String>,
    max_confidence: Option<String>,
}

impl Filters {
    pub(super) fn read(params: &mut Params) -> (Filters, BoardAsk) {
        let text = |name: &str| params.peek(name);
        let filters = Filters {
            team: text("team"),
            owner: text("owner"),
            level: text("level"),
            status: text("status"),
            max_confidence: text("max_confidence"),
        };
        let ask = BoardAsk {
            team: params.read("team", |text| SubjectId::new(text)),
            owner: params.read("owner", |text| Text::new(text)),
            level: params.word::<Level>("level"),
            status: params.word::<Standing>("status"),
            max_confidence: params.read("max_confidence", |text| text.parse::<Number>().and_then(Confidence::new)),
        };
        (filters, ask)
    }

    /// Returns the address of the same filters on another day, with an optional earlier day to compare with.
    pub(super) fn address(&self, path: &str, day: NaiveDate, from: Option<NaiveDate>) -> String {
        let from = from.filter(|from| *from <= day).map(|from| from.to_string());
        when::address(
            path,
            &[
                ("as_of", Some(&day.to_string())),
                ("from", from.as_deref()),
                ("team", self.team.as_deref()),
                ("owner", self.owner.as_deref()),
                ("level", self.level.as_deref()),
                ("status", self.status.as_deref()),
                ("max_confidence", self.max_confidence.as_deref()),
            ],
        )
    }

    /// Renders the form's fields; the choices come from the whole board.
    pub(super) fn row(&self, whole: &Board, teams: &Teams) -> Markup {
        let names = teams.teams.iter().map(|team| (team.id.to_string(), team.name.to_string())).collect();
        let owners: BTreeSet<&str> = whole
            .objectives
            .iter()
            .flat_map(|objective| {
                objective
                    .key_results
                    .iter()
                    .map(|key_result| key_result.owner.as_str())
                    .chain([objective.owner.as_str()])
            })
            .collect();
        let owners = owners.into_iter().map(|owner| (owner.to_owned(), owner.to_owned())).collect();
        let levels = Level::ALL.iter().map(|level| (level.to_string(), level.to_string())).collect();
        let statuses = Standing::ALL.iter().map(|status| (status.to_string(), figure::status(*status))).collect();
        let sure = (0..=9).map(|most: u32| (most.to_string(), format!("at most {most}"))).collect();
        html! {
            div.filters {
                (choice("team", "Team", &self.team, names))
                (choice("owner", "Owner", &self.owner, owners))
                (choice("level", "Level", &self.level, levels))
                (choice("status", "Status", &self.status, statuses))
                (choice("max_confidence", "Confidence", &self.max_confidence, sure))
                noscript { button.small { "Show" } }
            }
        }
    }
}

fn choice(name: &str, label: &str, chosen: &Option<String>, words: Vec<(String, String)>) -> Markup {
    if words.is_empty() {
        return html! {};
    }
    html! {
        label { span { (label) }
            select name=(name) {
                option value="" { "any" }
                @for (value, word) in &words {
                    option value=(value) selected[chosen.as_deref() == Some(value)] { (word) }
                }
            }
        }
    }
}
