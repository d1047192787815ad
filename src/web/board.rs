//! The board of a cycle on any of its days, and the changes between two days.

mod changes;
mod filters;
mod summary;
mod table;
mod timeline;

use axum::response::Response;
use chrono::NaiveDate;
use events::Number;
use maud::{Markup, html};
use projections::ask::{self, Board, BoardAsk, BoardObjective, CycleStands};
use projections::calendar::day_of;
use projections::rows::CycleState;

use self::filters::Filters;
use self::timeline::Timeline;
use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::view::View;
use super::{ledgers, when};
use crate::ledger::{AsOfAsk, Error};
use crate::pack::Format;
use crate::request::question::{Calendar, found};

const A_CYCLE: &str = "a cycle";

/// The parameters of a board, without its moment.
struct BoardParams {
    filters: Filters,
    ask: BoardAsk,
    /// The earlier day of a comparison.
    from: Option<NaiveDate>,
    /// Days of the slider's two handles, counted from its first. Browsers send them if no script has turned them into
    /// dates.
    day: Option<u64>,
    from_day: Option<u64>,
}
pub(super) async fn board(mut page_request: PageRequest) -> Response {
    let (filters, ask) = Filters::read(&mut page_request.params);
    let params = &mut page_request.params;
    let asked = BoardParams {
        filters,
        ask,
        from: params.day("from"),
        day: params.whole("day"),
        from_day: params.whole("from_day"),
    };
    let id = page_request.id.clone();
    page_request.draw(Calendar::Cycle(id.clone()), move |view| draw(view, &id, &asked)).await
}

fn draw(view: &View<'_>, id: &str, asked: &BoardParams) -> Result<Drawn, Error> {
    // The slider also covers the days after the requested moment, so it is drawn from the current views.
    let today = view.ledger.look(None, None, view.now)?;
    let cycle = found(ask::cycle(&today.asked(), id)?, &today, A_CYCLE, id)?;
    let trail = found(ask::audit_cycle(&today.asked(), id)?, &today, A_CYCLE, id)?;
    let reports = found(ask::board_reports(&today.asked(), Some(id))?, &today, A_CYCLE, id)?;
    let timeline = Timeline::of(&cycle, &trail, &reports, view.now);
    let path = format!("/ledgers/{}/cycles/{id}", view.ledger.slug());

    if asked.day.is_some() || asked.from_day.is_some() || view.as_of.is_none() {
        let day = asked.day.map_or(timeline.last, |day| timeline.nth(day));
        let from = asked.from_day.map(|day| timeline.nth(day)).or(asked.from);
        let (from, day) = match from {
            Some(from) if from > day => (Some(day), from),
            from => (from, day),
        };
        let mut address = asked.filters.address(&path, day, from);
        // Keeps the notice about the events just recorded.
        if let Some(seq) = view.recorded {
            address.push_str(&format!("&recorded={seq}"));
        }
        return Ok(Drawn::Elsewhere(address));
    }

    let on = day_of(view.look.asked().at, cycle.time_zone);
    let known = view.look.asked();
    let board = found(ask::board(&known, id, &asked.ask)?, view.look, A_CYCLE, id)?;
    let confidence = found(ask::confidence_of_cycle(&known, id)?, view.look, A_CYCLE, id)?;
    let whole = found(ask::board(&today.asked(), id, &BoardAsk::default())?, &today, A_CYCLE, id)?;
    let teams = ask::teams(&today.asked())?;
    let changed = match asked.from {
        None => None,
        Some(from) => {
            let from = view.ledger.look_as("from", Some(AsOfAsk::Day(from)), Some(id), view.now)?;
            ask::changes(&from.asked(), &known, &view.ledger.past(), id)?
        }
    };
    let links = table::Links { ledger: view.ledger.slug(), as_of: (on < timeline.last).then(|| on.to_string()) };
    let body = html! {
        div.heading #heading data-part {
            div { h1 { (cycle.title) " " (ledgers::state(board.cycle.state)) } (dates(&cycle)) }
            @if on == timeline.last { div.actions {
                @if cycle.state != CycleState::Closed { a.button href={ (path) "/draft" } { "Draft an objective" } }
                a.button href={ (path) "/step" } {
                    @match cycle.state { CycleState::Open => "Start", CycleState::Started => "Close", CycleState::Closed => "Open again" }
                }
            } }
        }
        form.view #view method="get" action=(path) data-first=(timeline.first) {
            (timeline.slider(&path, on, asked.from, &asked.filters))
            (asked.filters.row(&whole, &teams))
        }
        div #board data-part {
            (summary::summary(&board))
            @if let Some(changed) = &changed { (changes::changes(changed, &links)) }
            (table::table(&board, &confidence, &teams, &links))
            @if !reports.board_reports.is_empty() {
                p.quiet {
                    "Reported to the board: "
                    @for (n, report) in reports.board_reports.iter().enumerate() {
                        @if n > 0 { ", " }
                        a href={ "/ledgers/" (view.ledger.slug()) "/board-reports/" (report.id) } { (report.title) }
                    }
                    "."
                }
            }
            p.quiet {
                "Take it along as "
                @for (n, format) in Format::ALL.into_iter().enumerate() {
                    @if n > 0 { ", " }
                    a href=(asked.filters.address(&format!("/v1{path}/board.{format}"), on, None)) { (format.as_str()) }
                }
                "."
            }
        }
    };
    let brief = super::brief(&cycle);
    let title = format!("{} on {}", cycle.title, when::plain(on));
    Ok(Drawn::page(Page { title, here: Here::in_cycle(view, &brief, Tab::Board).keeping(links.as_of), body }))
}

/// Returns the board's summary figures.
pub(super) fn in_short(board: &Board) -> Markup {
    summary::summary(board)
}

/// Returns the rows of one objective's key results.
pub(super) fn key_results(objective: &BoardObjective, elapsed: Number, ledger: &str, as_of: Option<&str>) -> Markup {
    table::rows(objective, elapsed, &table::Links { ledger, as_of: as_of.map(str::to_owned) })
}

fn dates(cycle: &CycleStands) -> Markup {
    html! {
        p.quiet { (when::plain(cycle.starts_on)) " – " (when::plain(cycle.ends_on)) " · days in " (cycle.time_zone) }
    }
}
