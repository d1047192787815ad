//! The audit trail of a cycle's goals: who, when and why; by cause, direction and team.

use std::collections::{BTreeMap, BTreeSet};

use axum::response::Response;
use events::Cause;
use maud::html;
use projections::ask::{self, AuditAsk, Board, BoardAsk, Direction, TrailItem};

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::trail::Names;
use super::view::View;
use super::{brief, trail, when};
use crate::figure;
use crate::ledger::Error;
use crate::request::question::{Calendar, found};

/// The filter in the address.
#[derive(Default)]
struct Filter {
    /// Includes planning before the cycle began, and events that do not change a goal.
    all: bool,
    cause: Option<Cause>,
    direction: Option<Direction>,
    team: Option<String>,
}

pub(super) async fn audit(mut page_request: PageRequest) -> Response {
    let params = &mut page_request.params;
    let filter = Filter {
        all: params.text("show").is_some_and(|show| show == "all"),
        cause: params.word("cause"),
        direction: params.word("direction"),
        team: params.text("team"),
    };
    let id = page_request.id.clone();
    page_request.draw(Calendar::Cycle(id.clone()), move |view| draw(view, &id, &filter)).await
}

fn draw(view: &View<'_>, id: &str, filter: &Filter) -> Result<Drawn, Error> {
    let known = view.look.asked();
    let cycle = found(ask::cycle(&known, id)?, view.look, "a cycle", id)?;
    let audit = found(ask::audit_cycle(&known, id)?, view.look, "a cycle", id)?;
    let adjustments = audit.trail.iter().filter(|line| line.adjustment).count() as u64;
    let changes = audit.trail.len() as u64;
    let (causes, directions) = (filter.cause.into_iter().collect(), filter.direction.into_iter().collect());
    let audit = audit.narrowed(&AuditAsk { causes, directions, ..AuditAsk::default() });
    let board = found(ask::board(&known, id, &BoardAsk::default())?, view.look, "a cycle", id)?;
    let teams = ask::teams(&known)?;
    let root = format!("/ledgers/{}", view.ledger.slug());
    let (names, team_of) = subjects(&board, &root, view.as_of);
    let lines: Vec<TrailItem> = audit.trail.iter().filter(|line| fits(line, filter, &team_of)).cloned().collect();
    let word = |word: &str| word.replace('_', " ");
    let body = html! {
        div.heading { div {
            h1 { "Audit" }
            p.quiet { (figure::count(adjustments, "adjustment")) " after the start of " (cycle.title) ", of " (figure::count(changes, "change")) " in all." }
        } }
        form.view.audit method="get" data-auto="" {
            @if let Some(as_of) = view.as_of { input type="hidden" name="as_of" value=(as_of); }
            div.filters {
                label { span { "Show" } select name="show" {
                    option value="" { "adjustments" } option value="all" selected[filter.all] { "every change" }
                } }
                label { span { "Cause" } select name="cause" {
                    option value="" { "any" }
                    @for cause in Cause::ALL { option value=(cause) selected[filter.cause == Some(*cause)] { (word(cause.as_str())) } }
                } }
                label { span { "Direction" } select name="direction" {
                    option value="" { "any" }
                    @for direction in Direction::ALL { option value=(direction) selected[filter.direction == Some(direction)] { (direction) } }
                } }
                @if !teams.teams.is_empty() {
                    label { span { "Team" } select name="team" {
                        option value="" { "any" }
                        @for team in &teams.teams { option value=(team.id) selected[filter.team.as_deref() == Some(team.id.as_str())] { (team.name) } }
                    } }
                }
                noscript { button.small { "Show" } }
            }
        }
        section.panel { (trail::trail(&lines, view.ledger.slug(), Some(&names))) }
    };
    Ok(Drawn::page(Page { title: "Audit".into(), here: Here::in_cycle(view, &brief(&cycle), Tab::Audit), body }))
}

/// Returns the address and title of each goal, and the team that it belongs to.
pub(super) fn subjects(board: &Board, root: &str, as_of: Option<&str>) -> (Names, BTreeMap<String, String>) {
    let keep = as_of.map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
    let (mut names, mut teams) = (Names::new(), BTreeMap::new());
    for objective in &board.objectives {
        let address = format!("{root}/objectives/{}{keep}", objective.id);
        names.insert(objective.id.to_string(), (address, format!("{} {}", objective.given, objective.title)));
        let own = objective.key_results.iter().map(|key_result| key_result.id.to_string());
        let ids: BTreeSet<String> = own.chain([objective.id.to_string()]).collect();
        teams.extend(ids.into_iter().filter_map(|id| Some((id, objective.team.as_ref()?.to_string()))));
        for key_result in &objective.key_results {
            let address = format!("{root}/key-results/{}{keep}", key_result.id);
            names.insert(key_result.id.to_string(), (address, format!("{} {}", key_result.given, key_result.title)));
        }
    }
    (names, teams)
}

fn fits(line: &TrailItem, filter: &Filter, teams: &BTreeMap<String, String>) -> bool {
    (filter.all || line.adjustment)
        && filter.team.as_ref().is_none_or(|team| teams.get(line.subject.as_str()) == Some(team))
}
