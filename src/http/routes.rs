//! The routes of the API.

use axum::http::{Method, Uri};
use axum::routing::{MethodRouter, get, put};
use axum::{Extension, Router};

use super::{
    attention, audit, board, board_reports, calibration, confidence, cycles, events, goalposts, goals, health, ledgers,
    lineage, policy, proposals, recording, replay, retrospective, schemas, teams, what_if,
};
use crate::request::admission::Cost;
use crate::request::problem::Problem;
use crate::request::state::Served;

/// A route whose queries may read all check-ins of a cycle.
pub(crate) fn costly(method: MethodRouter<Served>) -> MethodRouter<Served> {
    method.layer(Extension(Cost::High))
}

#[rustfmt::skip]
pub(crate) fn table() -> Router<Served> {
    Router::new()
        .route("/healthz",                                                 get(health::health))
        .route("/readyz",                                                  get(health::ready))
        .route("/v1/ledgers",                                              get(ledgers::list))
        .route("/v1/ledgers/{ledger}",                                     put(ledgers::make).get(ledgers::one))
        .route("/v1/ledgers/{ledger}/events",                              get(events::list).post(recording::record))
        .route("/v1/ledgers/{ledger}/events/{id}",                         get(events::one))
        .route("/v1/ledgers/{ledger}/cycles",                              get(cycles::list))
        .route("/v1/ledgers/{ledger}/cycles/{id}",                         get(cycles::one))
        .route("/v1/ledgers/{ledger}/cycles/{id}/board",                   get(board::board))
        .route("/v1/ledgers/{ledger}/cycles/{id}/board.html",              get(board::html))
        .route("/v1/ledgers/{ledger}/cycles/{id}/board.pdf",               get(board::pdf))
        .route("/v1/ledgers/{ledger}/cycles/{id}/board.xlsx",              get(board::xlsx))
        .route("/v1/ledgers/{ledger}/cycles/{id}/board.csv",               get(board::csv))
        .route("/v1/ledgers/{ledger}/cycles/{id}/board.md",                get(board::md))
        .route("/v1/ledgers/{ledger}/cycles/{id}/board/changes",           costly(get(board::changes)))
        .route("/v1/ledgers/{ledger}/cycles/{id}/confidence",              costly(get(confidence::cycle)))
        .route("/v1/ledgers/{ledger}/cycles/{id}/calibration",             costly(get(calibration::calibration)))
        .route("/v1/ledgers/{ledger}/cycles/{id}/audit",                   get(audit::cycle))
        .route("/v1/ledgers/{ledger}/cycles/{id}/replay",                  costly(get(replay::replay)))
        .route("/v1/ledgers/{ledger}/cycles/{id}/retrospective",           costly(get(retrospective::retrospective)))
        .route("/v1/ledgers/{ledger}/cycles/{id}/what-if",                 costly(get(what_if::what_if)))
        .route("/v1/ledgers/{ledger}/cycles/{id}/attention",               get(attention::attention))
        .route("/v1/ledgers/{ledger}/cycles/{id}/proposals",               get(proposals::proposals))
        .route("/v1/ledgers/{ledger}/cycles/{id}/goalposts",               get(goalposts::goalposts))
        .route("/v1/ledgers/{ledger}/cycles/{id}/lineage",                 costly(get(lineage::cycle)))
        .route("/v1/ledgers/{ledger}/objectives/{id}",                     get(goals::objective))
        .route("/v1/ledgers/{ledger}/objectives/{id}/confidence",          get(confidence::objective))
        .route("/v1/ledgers/{ledger}/objectives/{id}/audit",               get(audit::objective))
        .route("/v1/ledgers/{ledger}/objectives/{id}/lineage",             costly(get(lineage::objective)))
        .route("/v1/ledgers/{ledger}/key-results/{id}",                    get(goals::key_result))
        .route("/v1/ledgers/{ledger}/key-results/{id}/confidence",         get(confidence::key_result))
        .route("/v1/ledgers/{ledger}/key-results/{id}/audit",              get(audit::key_result))
        .route("/v1/ledgers/{ledger}/key-results/{id}/lineage",            costly(get(lineage::key_result)))
        .route("/v1/ledgers/{ledger}/board-reports",                       get(board_reports::list))
        .route("/v1/ledgers/{ledger}/board-reports/{id}",                  get(board_reports::one))
        .route("/v1/ledgers/{ledger}/board-reports/{id}/restatements",     costly(get(board_reports::restatements)))
        .route("/v1/ledgers/{ledger}/board-reports/{id}/changes",          costly(get(board_reports::changes)))
        .route("/v1/ledgers/{ledger}/teams",                               get(teams::list))
        .route("/v1/ledgers/{ledger}/policy",                              get(policy::in_force))
        .route("/v1/schemas",                                              get(schemas::list))
        .route("/v1/schemas/{id}",                                         get(schemas::one))
        .fallback(async |uri: Uri| Problem::no_such_path(uri.path()))
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            Problem::method_not_allowed(method.as_str(), uri.path())
        })
}
