//! The pages: what people look at, and the forms they fill in. Rendered here, whole, and readable without a script.
//!
//! ```text
//! <noun>.rs    what a page asks the ledger for, and how it is laid out
//! visit.rs     who asks for a page, and from which moment; how it is answered
//! shell.rs     what all pages have around them
//! guard.rs     what browsers are told to keep to, and which forms are taken
//! form/        a form that is filled in: one submission, with an id made when it was drawn
//! chart/       pictures
//! assets.rs    styles and the one script
//! ```
//!
//! Pages have no logic of their own: they ask a [`Ledger`](crate::ledger::Ledger) what the HTTP interface asks, and lay it out.

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
mod when;

use axum::routing::get;
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;

use crate::http::{Served, far};
use projections::ask::{CycleBrief, CycleStands};

/// Every page there is.
#[rustfmt::skip]
pub(crate) fn table() -> Router<Served> {
    Router::new()
        .route("/",                                                  get(ledgers::all))
        .route("/ledgers/{ledger}",                                  get(ledgers::one))
        .route("/ledgers/{ledger}/cycles/{id}",                      far(get(board::board)))
        .route("/ledgers/{ledger}/cycles/{id}/attention",            get(attention::attention))
        .route("/ledgers/{ledger}/cycles/{id}/audit",                get(audit::audit))
        .route("/ledgers/{ledger}/cycles/{id}/goalposts",            far(get(goalposts::goalposts)))
        .route("/ledgers/{ledger}/cycles/{id}/replay",               far(get(replay::replay)))
        .route("/ledgers/{ledger}/cycles/{id}/retrospective",        far(get(retrospective::retrospective)))
        .route("/ledgers/{ledger}/cycles/{id}/calibration",          far(get(calibration::calibration)))
        .route("/ledgers/{ledger}/board-reports",                    get(board_reports::list))
        .route("/ledgers/{ledger}/board-reports/{id}",               far(get(board_reports::one)))
        .route("/ledgers/{ledger}/objectives/{id}",                  get(objective::objective))
        .route("/ledgers/{ledger}/key-results/{id}",                 get(key_result::key_result))
        .route("/ledgers/{ledger}/events",                           get(events::list))
        .route("/ledgers/{ledger}/events/{id}",                      get(events::one))
        .route("/ledgers/{ledger}/cycles/{id}/check-in",             far(get(form::check_in).post(form::send_check_in)))
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

/// A cycle in short.
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
