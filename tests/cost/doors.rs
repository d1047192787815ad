//! The entry points of a ledger, each sending generated input and returning the answer.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use fastrand::Rng;
use serde_json::Value;

use crate::hostile::Hostile;
use crate::house::{Answer, EVENTS, House};

const FORM: &[(&str, &str)] =
    &[("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];

/// Submits an entry to the events of `acme` in one of the CloudEvents modes.
pub(crate) async fn submit(house: &House, entry: &Hostile, mode: Mode, dry_run: bool) -> Answer {
    let path = if dry_run { format!("{EVENTS}?dry_run=true") } else { EVENTS.to_owned() };
    match mode {
        Mode::Json => house.post_with(&path, &[("content-type", "application/json")], entry.body().into_bytes()).await,
        Mode::Batch => {
            let body = format!("[{}]", entry.events.join(","));
            let headers = [("content-type", "application/cloudevents-batch+json")];
            house.post_with(&path, &headers, body.into_bytes()).await
        }
        Mode::Binary => match binary(&entry.events[0]) {
            Some((headers, body)) => {
                let headers: Vec<(&str, &str)> =
                    headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                house.post_with(&path, &headers, body.into_bytes()).await
            }
            // The event does not fit into headers.
            None => {
                house.post_with(&path, &[("ce-id", "x"), ("ce-type", "y")], entry.events[0].clone().into_bytes()).await
            }
        },
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Mode {
    Json,
    Batch,
    Binary,
}

/// Returns an event as headers and a body, if its attributes fit into a request's head.
fn binary(event: &str) -> Option<(Vec<(String, String)>, String)> {
    let Value::Object(event) = serde_json::from_str(event).ok()? else { return None };
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    for (name, value) in event.iter().filter(|(name, _)| *name != "data") {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        axum::http::HeaderName::try_from(format!("ce-{name}")).ok()?;
        headers.push((format!("ce-{name}"), encoded));
    }
    let head = headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum::<usize>();
    (head < 32 << 10 && headers.len() < 60)
        .then(|| (headers, event.get("data").map(Value::to_string).unwrap_or_default()))
}

/// Returns the paths of all routes in a source file, filled in with ids from `acme`.
pub(crate) fn paths() -> Vec<String> {
    let sources = [include_str!("../../src/http/routes.rs"), include_str!("../../src/web.rs")];
    let routes = sources.iter().flat_map(|source| source.split(".route(\"").skip(1));
    let paths: BTreeSet<String> = routes.filter_map(|rest| rest.split('"').next()).map(filled).collect();
    assert!(paths.len() > 60, "the tables of routes are read otherwise: {paths:?}");
    paths.into_iter().collect()
}

fn filled(route: &str) -> String {
    let mut path = route.replace("{ledger}", "acme");
    for (noun, id) in [
        ("cycles", "q2"),
        ("objectives", "grow"),
        ("key-results", "trials"),
        ("board-reports", "may"),
        ("events", "3"),
        ("assets", "style.css"),
        ("schemas", "okr.check_in.recorded"),
    ] {
        path = path.replace(&format!("{noun}/{{id}}"), &format!("{noun}/{id}"));
    }
    assert!(!path.contains('{'), "nothing stands in the place of {path}");
    path
}

/// Submits the form of a page with hostile text in every field; `None` if the page has no form.
pub(crate) async fn form(house: &House, path: &str, dice: &mut Rng, bytes_max: usize) -> Option<(String, Answer)> {
    let page = house.get(path).await;
    let text = (page.status == StatusCode::OK).then(|| String::from_utf8_lossy(&page.body).into_owned())?;
    let form = text.split("<form").skip(1).find(|form| form.contains("method=\"post\""))?;
    let form = form.split("</form>").next()?;
    let names: BTreeSet<&str> = form.split(" name=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let style = dice.u8(0..6);
    let room = bytes_max / names.len().max(1);
    let mut fields: Vec<(String, String)> = Vec::new();
    for name in &names {
        let value = match (*name, style) {
            ("form", _) => format!("0196c0de-{:08x}", dice.u32(..)),
            ("actor", 0..=4) => "Ada".into(),
            (_, 0) => "x".repeat(room.saturating_sub(name.len() + 2)),
            (_, 1) => "line\n".repeat(room / 8),
            (_, 2) => "1 ".repeat(room / 3),
            (_, 3) => "%F0%9F%98%80".repeat(room / 40),
            (_, 4) => "7".into(),
            (_, _) => "\"<&>".repeat(room / 16),
        };
        fields.push(((*name).to_owned(), value));
    }
    let mut body = form_urlencoded::Serializer::new(String::new());
    fields.iter().for_each(|(name, value)| _ = body.append_pair(name, value));
    let mut body = body.finish();
    // Fields that no page contains.
    let mut n = 0;
    while style == 4 && body.len() + 40 < bytes_max {
        let name = names.iter().nth(n % names.len().max(1)).copied().unwrap_or("x");
        body.push_str(&format!("&other{n}%2F{}={n}", name.replace('/', "%2F")));
        n += 1;
    }
    body.truncate(bytes_max);
    let answer = house.post_with(path, FORM, body.into_bytes()).await;
    Some((format!("the form {path} (style {style}, fields {names:?})"), answer))
}

/// Asks a question with hostile parameters, up to the length of a request's head.
pub(crate) async fn query(house: &House, path: &str, dice: &mut Rng) -> (String, Answer) {
    const NAMES: [&str; 34] = [
        "as_of",
        "on",
        "after",
        "limit",
        "type",
        "subject",
        "cycle",
        "since",
        "until",
        "team",
        "owner",
        "level",
        "status",
        "actor",
        "step",
        "policy",
        "without",
        "without_adjustments",
        "formula",
        "omit",
        "cause",
        "direction",
        "steps",
        "day",
        "from_day",
        "from",
        "to",
        "recorded",
        "dry_run",
        "unknown",
        "sort",
        "themes",
        "at",
        "step",
    ];
    let name = NAMES[dice.usize(..NAMES.len())];
    let style = dice.u8(0..6);
    let query = match style {
        0 => format!("{name}={}", "x".repeat(30_000)),
        1 => format!("{name}={}", "1,".repeat(15_000)),
        2 => vec![format!("{name}=1"); 3_000].join("&"),
        3 => (0..3_000).map(|n| format!("u{n}=1")).collect::<Vec<_>>().join("&"),
        4 => format!("{name}={}", "%7B%22rules%22:".repeat(1_900)),
        _ => format!("{name}={}", "%F0%9F%98%80".repeat(2_400)),
    };
    let answer = house.get(&format!("{path}?{query}")).await;
    (format!("{path}?{name}… (style {style})"), answer)
}
