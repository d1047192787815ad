//! One line for each request, and its id on every line that is logged while it is answered.

use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

/// Under what name requests are logged: `--log info,okr_ledger::request=warn` leaves out those that went well.
pub const TARGET: &str = "okr_ledger::request";

/// A request that takes longer is worth a warning.
const SLOW: Duration = Duration::from_secs(1);

/// Logs a request when it is answered; a stream when it begins.
pub(super) async fn log(request: Request, next: Next) -> Response {
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    // An error's line needs the id too, whatever else is logged.
    let span = tracing::error_span!("http", %id, method = %request.method(), path = %request.uri().path());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let begun = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        // A writer that is busy, or a server that is starting, says 503 to many: each of them can see it.
        if response.status().is_server_error() && status != 503 {
            tracing::error!(target: TARGET, status, duration_ms, query, "failed");
        } else if took > SLOW {
            tracing::warn!(target: TARGET, status, duration_ms, query, "slow");
        } else {
            tracing::info!(target: TARGET, status, duration_ms, query, "answered");
        }
    });
    response
}
