//! Creating, listing and describing ledgers.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use events::{At, Faults, LedgerSlug, Text, Violation, clip, parse_json};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::events::{LIMIT_DEFAULT, limit, next_page};
use crate::ledger::{Error, Header, LedgerInfo};
use crate::request::blocking::blocking;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, JSON, Question, link};
use crate::request::state::Served;
use crate::request::{body, tag};

/// The body of a list of ledgers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Listed {
    /// In order of their slugs.
    pub(super) ledgers: Vec<LedgerInfo>,
}

/// Creates a ledger: 201, or 200 if it exists already, which leaves it unchanged.
pub(super) async fn make(
    State(served): State<Served>,
    question: Question,
    request: Request,
) -> Result<Response, Problem> {
    let mut faults = question.params.into_violations();
    let slug = LedgerSlug::new(question.ledger.as_str());
    let slug = slug.map_err(|wrong| faults.push(Violation::new("{ledger}", "bad_slug", wrong))).ok();
    if body::media_type(&question.headers)?.as_deref() != Some("application/json") {
        return Err(Problem::unsupported_media_type("describe the ledger as application/json: {\"title\": \"…\"}"));
    }
    let body = body::read(&served.memory, &question.headers, request).await?;
    let length = body.len();
    let read = move || {
        let described = parse_json(&body).map_err(|error| Problem::not_json(&error))?;
        let title = read_title(&described, &mut faults);
        Ok::<_, Problem>((title, faults))
    };
    let (title, faults) = served.admission.read(length, read).await??;
    let (Some(slug), Some(title), true) = (slug, title, faults.is_empty()) else {
        return Err(Problem::invalid(faults));
    };
    let header = Header::new(title.to_string(), served.now());
    let (info, is_new) = served.ledgers.create(&slug, &header).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(info)).into_response())
}

/// Lists the ledgers, a page at a time.
pub(super) async fn list(State(served): State<Served>, mut question: Question) -> Result<Response, Problem> {
    let limit = limit(&mut question.params).unwrap_or(LIMIT_DEFAULT);
    let after = question.params.read("after", |text| LedgerSlug::new(text));
    question.params.end()?;
    let page = move || {
        let after = after.as_ref().map_or("", LedgerSlug::as_str);
        let (ledgers, has_more) = served.ledgers.page(after, usize::try_from(limit).unwrap_or(usize::MAX))?;
        let next = ledgers.last().filter(|_| has_more).map(|last| next_page(&question.uri, &last.ledger));
        let body = serde_json::to_vec(&Listed { ledgers }).map_err(|error| Error::Damaged(error.to_string()))?;
        let tag = tag::tag(None, xxh3_128(&body));
        let whole = || Ok(([(header::CONTENT_TYPE, JSON)], body).into_response());
        let mut response = tag::answer(&question.headers, tag, whole)?;
        response.headers_mut().extend(next.and_then(|next| link(&next)));
        Ok(response)
    };
    Ok(blocking(page).await?)
}

/// Describes one ledger, now or as of `as_of`.
pub(super) async fn one(mut question: Question) -> Result<Response, Problem> {
    let as_of = question.params.as_of();
    question
        .answer_from(as_of, Calendar::Utc, |ledger, look, asking| {
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
            asking.json(&info, as_of.seq)
        })
        .await
}

fn read_title(described: &events::Json<'_>, faults: &mut Vec<Violation>) -> Option<Text> {
    let mut found = Faults::none();
    let events::Json::Object(fields) = described else {
        faults.push(Violation::new("", "wrong_type", "a ledger must be described by an object: {\"title\": \"…\"}"));
        return None;
    };
    for (name, _) in fields.sorted().into_iter().filter(|(name, _)| *name != "title") {
        let says = format_args!("a ledger has no field `{}`, only a `title`", clip(name));
        found.add(At::from("").field(name), "unknown_field", says);
    }
    let title = match fields.get("title") {
        Some(events::Json::Text(title)) => Text::title(title).map_err(|wrong| ("bad_text", format!("`title` {wrong}"))),
        Some(_) => Err(("wrong_type", "`title` must be a string".to_owned())),
        None => Err(("required", "`title` is required".to_owned())),
    };
    let title = title.map_err(|(rule, says)| found.add("/title", rule, says)).ok();
    faults.extend(found.into_violations());
    title
}
