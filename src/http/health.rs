//! Liveness and readiness checks.

use axum::extract::State;
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::Closing;
use crate::request::blocking::blocking;
use crate::request::problem::Problem;
use crate::request::state::Served;

/// Liveness: 200 while the server records; 503 once recording has stopped for good and the process must be restarted.
pub(super) async fn health(State(served): State<Served>) -> Result<Json<Value>, Problem> {
    let stopped = served.ledgers.fatal().borrow().clone();
    match (stopped, &served.instance) {
        (None, None) => Ok(Json(json!({"status": "recording"}))),
        (None, Some(instance)) => Ok(Json(json!({"status": "recording", "instance": instance.as_str()}))),
        (Some(why), _) => Err(Problem::unavailable(format!("the ledger has stopped recording: {why}"))),
    }
}

/// Readiness: 200 if the server can record and answer; 503 with every failing check.
pub(super) async fn ready(
    State(served): State<Served>,
    closing: Option<Extension<Closing>>,
) -> Result<Json<Value>, Problem> {
    let mut failing = blocking(move || Ok(served.ledgers.hindrances())).await?;
    if closing.is_some_and(|Extension(closing)| closing.is_closing()) {
        failing.push(("shutting_down", "the server is shutting down".into()));
    }
    if failing.is_empty() { Ok(Json(json!({"status": "ready"}))) } else { Err(Problem::not_ready(failing)) }
}
