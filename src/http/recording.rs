//! Recording: `POST …/events`.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::Violation;
use projections::rules::{Proposal, Refusal};

use super::submitted::{Mode, Submitted};
use crate::ledger::Error;
use crate::request::blocking::off_the_workers;
use crate::request::body;
use crate::request::buffered_body::holding;
use crate::request::memory::BodyReservation;
use crate::request::params::whole;
use crate::request::problem::Problem;
use crate::request::question::{JSON, Question};
use crate::request::state::Served;
use crate::writer::{Outcome, Receipt};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// The longest receipt, in events and warnings, that is serialized on the async worker.
const FEW: usize = 64;

/// Records an entry: 201 with a receipt; 200 with `Idempotent-Replayed` if it was recorded before; 200 for a dry run.
/// Any other status means that nothing was recorded.
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
    let body = body::read(&served.memory, &headers, request).await?;
    let length = body.len();
    let read = move || {
        let submitted = mode.read(&headers, &body, faults)?;
        Ok::<_, Problem>((submitted, body.into_reservation()))
    };
    let (Submitted { submissions, is_list }, reserved) = served.admission.read(length, read).await??;
    let proposal = Proposal { submissions, is_list, if_match };
    let outcome = match dry_run {
        true => served.admission.try_out(move || ledger.try_out(proposal)).await,
        false => match ledger.hand_in(proposal, length) {
            Ok(answer) => answer.await,
            Err(error) => Err(error),
        },
    };
    let outcome = outcome.map_err(|error| match error {
        Error::Refused(Refusal { no, violations }) => {
            Problem::of_refusal(Refusal { no, violations: mode.place_all(violations) })
        }
        other => other.into(),
    })?;
    answer(outcome, reserved).await
}

/// Returns the response. A long receipt is about as long as its entry, so it keeps the entry's memory until it is sent.
async fn answer(outcome: Outcome, reserved: BodyReservation) -> Result<Response, Problem> {
    let (status, headers, receipt) = match outcome {
        Outcome::Recorded(receipt) => (StatusCode::CREATED, location(&receipt), receipt),
        Outcome::Replayed(receipt) => {
            let mut headers = location(&receipt);
            headers.insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
            (StatusCode::OK, headers, receipt)
        }
        Outcome::Tried(receipt) => (StatusCode::OK, HeaderMap::new(), receipt),
    };
    let is_long = receipt.events.len() + receipt.warnings.len() > FEW;
    let write = move || serde_json::to_vec(&receipt);
    let written = if is_long { off_the_workers(write).await? } else { write() };
    let body = written.map_err(|error| {
        tracing::error!("cannot serialize a receipt: {error}");
        Problem::internal()
    })?;
    let body = holding(body.into(), is_long.then_some(reserved));
    Ok((status, headers, [(header::CONTENT_TYPE, JSON)], body).into_response())
}

/// Returns the address of the entry's first event.
fn location(receipt: &Receipt) -> HeaderMap {
    let address = format!("/v1/ledgers/{}/events/{}", receipt.ledger, receipt.first_seq);
    HeaderValue::try_from(address).map(|address| (header::LOCATION, address)).into_iter().collect()
}

/// Reads the seq in `If-Match`. Versions are compared by seq alone, so only one strong tag makes sense.
fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Violation> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let seq = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).filter(|text| !text.is_empty());
    match seq.and_then(whole) {
        Some(seq) if values.next().is_none() => Ok(Some(seq)),
        _ => {
            let says = "If-Match must be one quoted seq, such as \"412\": the last event about the subject that you have \
                        seen, or \"0\" for a new subject";
            Err(Violation::new("If-Match", "if_match", says))
        }
    }
}
