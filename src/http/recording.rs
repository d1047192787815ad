//! Recording: `POST …/events`.

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Violation;
use projections::rules::{Proposal, Refusal};

use super::params::whole;
use super::problem::Problem;
use super::question::Question;
use super::submitted::{Mode, Submitted};
use super::{Served, body};
use crate::ledger::Error;
use crate::writer::{Outcome, Receipt};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Records an entry: 201 with its receipt; 200 with `Idempotent-Replayed` for one that was recorded before; 200 for a dry
/// run. Whatever else is answered, nothing was recorded.
pub(super) async fn record(
    axum::extract::State(served): axum::extract::State<Served>,
    mut question: Question,
    request: Request,
) -> Result<Response, Problem> {
    let ledger = served.ledger(&question.ledger)?;
    let dry_run = question.params.flag("dry_run");
    let mut faults = question.params.into_violations();
    let headers = question.headers;
    let if_match = if_match(&headers).unwrap_or_else(|fault| {
        faults.push(fault);
        None
    });
    let mode = Mode::of(&headers)?;
    let body = body::read(&headers, request).await?;
    let Submitted { submissions, is_list } = mode.read(&headers, &body, faults)?;
    drop(body);
    let outcome = ledger.record(Proposal { submissions, is_list, if_match }, dry_run).await;
    let outcome = outcome.map_err(|error| match error {
        Error::Refused(Refusal { no, violations }) => {
            Problem::of_refusal(Refusal { no, violations: mode.place_all(violations) })
        }
        other => other.into(),
    })?;
    Ok(answer(outcome))
}

fn answer(outcome: Outcome) -> Response {
    match outcome {
        Outcome::Recorded(receipt) => (StatusCode::CREATED, location(&receipt), Json(receipt)).into_response(),
        Outcome::Replayed(receipt) => {
            let replayed = [(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"))];
            (StatusCode::OK, replayed, location(&receipt), Json(receipt)).into_response()
        }
        Outcome::Tried(receipt) => (StatusCode::OK, Json(receipt)).into_response(),
    }
}

/// Where the entry's first event is.
fn location(receipt: &Receipt) -> HeaderMap {
    let place = format!("/v1/ledgers/{}/events/{}", receipt.ledger, receipt.first_seq);
    HeaderValue::try_from(place).map(|place| (header::LOCATION, place)).into_iter().collect()
}

/// The seq in `If-Match`. What stands is compared by its number alone, so that one strong tag is all there can be.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Violation> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let seq = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(|text| !text.is_empty());
    match seq.and_then(whole) {
        Some(seq) if values.next().is_none() => Ok(Some(seq)),
        _ => {
            let says = "If-Match is one seq between quotes, such as \"412\": the last event about the subject that you \
                        have seen, or \"0\" if it is to be new";
            Err(Violation::new("If-Match", "if_match", says))
        }
    }
}
