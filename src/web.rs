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
mod board;
mod guard;
mod ledgers;
mod parts;
mod shell;
mod trouble;
mod visit;
mod when;

use axum::routing::get;
use axum::{Router, middleware};
use tower_http::compression::CompressionLayer;

use crate::http::Served;
use projections::ask::{CycleBrief, CycleStands};

/// Every page there is.
#[rustfmt::skip]
pub(crate) fn table() -> Router<Served> {
    Router::new()
        .route("/",                                                  get(ledgers::all))
        .route("/ledgers/{ledger}",                                  get(ledgers::one))
        .route("/ledgers/{ledger}/cycles/{id}",                      get(board::board))
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
