//! Whether the server can do what it is there for.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::Served;
use super::problem::Problem;

/// 200 while it records; 503 once it has stopped for good.
pub(super) async fn health(State(served): State<Served>) -> Result<Json<Value>, Problem> {
    let stopped = served.ledgers.fatal().borrow().clone();
    match stopped {
        None => Ok(Json(json!({"status": "recording"}))),
        Some(why) => Err(Problem::unavailable(format!("the ledger has stopped recording: {why}"))),
    }
}
