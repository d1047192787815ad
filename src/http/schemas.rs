//! JSON Schemas of the event types.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use events::Kind;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use crate::ledger::Error;
use crate::request::problem::Problem;
use crate::request::question::{JSON, Question};
use crate::request::tag;

const SCHEMA: &str = "application/schema+json";

/// Lists the event types and the paths of their schemas.
pub(super) async fn list(question: Question) -> Result<Response, Problem> {
    question.params.end()?;
    let types: Vec<Value> =
        Kind::ALL.iter().map(|kind| json!({"type": kind.as_str(), "schema": format!("/v1/schemas/{kind}")})).collect();
    answer(&question.headers, JSON, &json!({"types": types}))
}

/// Returns the schema of one event type.
pub(super) async fn one(question: Question) -> Result<Response, Problem> {
    question.params.end()?;
    let kind: Kind = question.id.parse().map_err(Error::NotFound)?;
    answer(&question.headers, SCHEMA, &kind.schema())
}

fn answer(headers: &HeaderMap, content_type: &'static str, value: &Value) -> Result<Response, Problem> {
    let body = value.to_string();
    let whole = || Ok(([(header::CONTENT_TYPE, content_type)], body.clone()).into_response());
    Ok(tag::answer(headers, tag::tag(None, xxh3_128(body.as_bytes())), whole)?)
}
