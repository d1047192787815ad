//! The web pages and their forms. Rendered on the server, complete, and usable without JavaScript.
//!
//! ```text
//! <noun>.rs          one page: its query and its layout
//! page_request.rs    a request for a page: user, ledger, moment; and the response
//! layout.rs          header, navigation and notices common to all pages
//! guard.rs           security headers; rejects forms sent from other sites
//! form/              forms: each is one submission, with an id created when it is first rendered
//! chart/             charts
//! assets.rs          style sheets and the script
//! ```
//!
//! Pages contain no logic: they ask a [`Ledger`](crate::ledger::Ledger) the same queries as the HTTP interface.

mod actor;
mod assets;
mod attention;
mod audit;
mod board;
mod board_reports;
mod calibration;
mod chart;
mod error_page;
mod events;
mod form;
mod goalposts;
mod guard;
mod key_result;
mod layout;
mod ledgers;
mod objective;
mod page_request;
mod parts;
mod replay;
mod retrospective;
mod trail;
mod view;
mod when;

use axum::routing::get;
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;

use crate::http::costly;
use crate::request::state::Served;
use projections::ask::{CycleBrief, CycleStands};

/// The routes of the pages.
#[rustfmt::skip]
pub(crate) fn table() -> Router<Served> {
    Router::new()
        .route("/",                                                  get(ledgers::all))
        .route("/ledgers/{ledger}",                                  get(ledgers::one))
        .route("/ledgers/{ledger}/cycles/{id}",                      costly(get(board::board)))
        .route("/ledgers/{ledger}/cycles/{id}/attention",            get(attention::attention))
        .route("/ledgers/{ledger}/cycles/{id}/audit",                get(audit::audit))
        .route("/ledgers/{ledger}/cycles/{id}/goalposts",            costly(get(goalposts::goalposts)))
        .route("/ledgers/{ledger}/cycles/{id}/replay",               costly(get(replay::replay)))
        .route("/ledgers/{ledger}/cycles/{id}/retrospective",        costly(get(retrospective::retrospective)))
        .route("/ledgers/{ledger}/cycles/{id}/calibration",          costly(get(calibration::calibration)))
        .route("/ledgers/{ledger}/board-reports",                    get(board_reports::list))
        .route("/ledgers/{ledger}/board-reports/{id}",               costly(get(board_reports::one)))
        .route("/ledgers/{ledger}/objectives/{id}",                  get(objective::objective))
        .route("/ledgers/{ledger}/key-results/{id}",                 get(key_result::key_result))
        .route("/ledgers/{ledger}/events",                           get(events::list))
        .route("/ledgers/{ledger}/events/{id}",                      get(events::one))
        .route("/ledgers/{ledger}/cycles/{id}/check-in",             costly(get(form::check_in).post(form::send_check_in)))
        .route("/ledgers/{ledger}/cycles/{id}/proposals",            get(form::proposals).post(form::send_word))
        .route("/ledgers/{ledger}/cycles/{id}/draft",                get(form::draft).post(form::send_draft))
        .route("/ledgers/{ledger}/key-results/{id}/adjust",          get(form::adjust).post(form::send_adjust))
        .route("/ledgers/{ledger}/key-results/{id}/measures",        get(form::measures).post(form::send_measures))
        .route("/ledgers/{ledger}/key-results/{id}/score",           get(form::score).post(form::send_score))
        .route("/ledgers/{ledger}/objectives/{id}/score",            get(form::score).post(form::send_score))
        .route("/ledgers/{ledger}/key-results/{id}/retire",          get(form::retire).post(form::send_retire))
        .route("/ledgers/{ledger}/objectives/{id}/amend",            get(form::amend).post(form::send_amend))
        .route("/ledgers/{ledger}/objectives/{id}/retire",           get(form::retire).post(form::send_retire))
        .route("/ledgers/{ledger}/objectives/{id}/look-back",        get(form::look_back).post(form::send_look_back))
        .route("/ledgers/{ledger}/cycles/{id}/look-back",            get(form::look_back).post(form::send_look_back))
        .route("/ledgers/{ledger}/cycles/{id}/step",                 get(form::step).post(form::send_step))
        .route("/actor",                                             get(form::who).post(form::send_who))
        .route("/assets/{id}",                                       get(assets::asset))
        .route_layer(CompressionLayer::new())
        .route_layer(middleware::from_fn(guard::guard))
}

/// Returns the fields of a cycle that the navigation shows.
fn brief(cycle: &CycleStands) -> CycleBrief {
    CycleBrief {
        id: cycle.id.clone(),
        title: cycle.title.clone(),
        kind: cycle.kind,
        state: cycle.state,
        starts_on: cycle.starts_on,
        ends_on: cycle.ends_on,
        time_zone: cycle.time_zone,
        parent: cycle.parent.clone(),
    }
}
