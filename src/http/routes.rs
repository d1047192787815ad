//! Every path there is.

use axum::Router;
use axum::http::{Method, Uri};
use axum::routing::{get, put};

use super::problem::Problem;
use super::{
    Served, attention, audit, board, confidence, cycles, events, goals, health, ledgers, policy, recording, replay,
    teams, what_if,
};

#[rustfmt::skip]
pub(super) fn table() -> Router<Served> {
    let ledger = Router::new()
        .route("/events",                       get(events::list).post(recording::record))
        .route("/events/{id}",                  get(events::one))
        .route("/cycles",                       get(cycles::list))
        .route("/cycles/{id}",                  get(cycles::one))
        .route("/cycles/{id}/board",            get(board::board))
        .route("/cycles/{id}/board/changes",    get(board::changes))
        .route("/cycles/{id}/confidence",       get(confidence::cycle))
        .route("/cycles/{id}/audit",            get(audit::cycle))
        .route("/cycles/{id}/replay",           get(replay::replay))
        .route("/cycles/{id}/what-if",          get(what_if::what_if))
        .route("/cycles/{id}/attention",        get(attention::attention))
        .route("/objectives/{id}",              get(goals::objective))
        .route("/objectives/{id}/confidence",   get(confidence::objective))
        .route("/objectives/{id}/audit",        get(audit::objective))
        .route("/key-results/{id}",             get(goals::key_result))
        .route("/key-results/{id}/confidence",  get(confidence::key_result))
        .route("/key-results/{id}/audit",       get(audit::key_result))
        .route("/teams",                        get(teams::list))
        .route("/policy",                       get(policy::in_force));
    Router::new()
        .route("/healthz",                      get(health::health))
        .route("/v1/ledgers",                   get(ledgers::list))
        .route("/v1/ledgers/{ledger}",          put(ledgers::make).get(ledgers::one))
        .nest("/v1/ledgers/{ledger}", ledger)
        .fallback(async |uri: Uri| Problem::no_such_path(uri.path()))
        .method_not_allowed_fallback(async |method: Method, uri: Uri| {
            Problem::method_not_allowed(method.as_str(), uri.path())
        })
}
