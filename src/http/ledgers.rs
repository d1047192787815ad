//! Ledgers: making, listing and describing them.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::{At, Faults, LedgerSlug, Text, Violation, parse_json};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::problem::Problem;
use super::question::{Answer, Calendar, JSON, Question, blocking};
use super::{Served, body, tag};
use crate::ledger::{Error, Header, LedgerInfo};

/// All ledgers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    /// The ledgers, by slug.
    pub(super) ledgers: Vec<LedgerInfo>,
}

/// Makes a ledger: 201; 200 where it stands already, as it is.
pub(super) async fn make(
    State(served): State<Served>,
    question: Question,
    request: Request,
) -> Result<Response, Problem> {
    let mut faults = question.params.into_violations();
    let slug = LedgerSlug::new(question.ledger.as_str());
    let slug = slug.map_err(|wrong| faults.push(Violation::new("{ledger}", "bad_slug", wrong))).ok();
    if body::media_type(&question.headers)?.as_deref() != Some("application/json") {
        return Err(Problem::unsupported_media_type("a ledger is described as application/json: {\"title\": \"…\"}"));
    }
    let body = body::read(&question.headers, request).await?;
    let described = parse_json(&body).map_err(|error| Problem::not_json(&error))?;
    let title = read_title(&described, &mut faults);
    let (Some(slug), Some(title), true) = (slug, title, faults.is_empty()) else {
        return Err(Problem::invalid(faults));
    };
    let header = Header::new(title.to_string(), served.now());
    let (info, is_new) = served.ledgers.create(&slug, &header).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(info)).into_response())
}

/// Lists the ledgers there are.
pub(super) async fn list(State(served): State<Served>, question: Question) -> Result<Response, Problem> {
    question.params.end()?;
    let body = blocking(move || {
        let listed = Listed { ledgers: served.ledgers.list()? };
        serde_json::to_vec(&listed).map_err(|error| Error::Damaged(error.to_string()))
    })
    .await?;
    let tag = tag::tag(None, xxh3_128(&body));
    Ok(tag::answer(&question.headers, tag, || ([(header::CONTENT_TYPE, JSON)], body).into_response()))
}

/// Describes one ledger: as it was, where `as_of` says so.
pub(super) async fn one(mut question: Question) -> Result<Response, Problem> {
    let as_of = question.params.as_of();
    question
        .answer_from(as_of, Calendar::Utc, |ledger, look, _| {
            let (header, incarnations, as_of) = (ledger.header(), ledger.incarnations(), look.as_of());
            let info = LedgerInfo {
                ledger: ledger.slug().to_owned(),
                title: header.title.clone(),
                created_at: header.created_at,
                last_seq: as_of.seq,
                recorded_at: as_of.recorded_at,
                incarnation: incarnations.incarnation,
                earlier: incarnations.earlier.clone(),
                awaits: ledger.awaits(),
            };
            Answer::json(&info, as_of.seq)
        })
        .await
}

fn read_title(described: &events::Json<'_>, faults: &mut Vec<Violation>) -> Option<Text> {
    let mut found = Faults::none();
    let events::Json::Object(fields) = described else {
        faults.push(Violation::new("", "wrong_type", "a ledger is described by an object: {\"title\": \"…\"}"));
        return None;
    };
    for (name, _) in fields.sorted().into_iter().filter(|(name, _)| *name != "title") {
        let says = format!("a ledger has no field `{name}`; it has a `title`");
        found.add(At::from("").field(name), "unknown_field", says);
    }
    let title = match fields.get("title") {
        Some(events::Json::Text(title)) => Text::new(title).map_err(|wrong| ("bad_text", format!("`title` {wrong}"))),
        Some(_) => Err(("wrong_type", "`title` is a text".to_owned())),
        None => Err(("required", "a ledger has a `title`".to_owned())),
    };
    let title = title.map_err(|(rule, says)| found.add("/title", rule, says)).ok();
    faults.extend(found.into_violations());
    title
}
