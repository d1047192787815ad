//! The list of events: in order, with new ones appearing live, and the exact bytes of each event.

use std::collections::VecDeque;

use ::events::Kind;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Here, Page, Tab};
use super::page_request::{Drawn, PageRequest};
use super::parts::empty;
use super::view::View;
use super::{brief, when};
use crate::figure;
use crate::journal::Span;
use crate::ledger::{EXAMINED_MAX, Error, EventsAsk, Ledger, PAGE_BYTES_MAX};
use crate::request::params::whole;
use crate::request::question::Calendar;

const PAGE: u64 = 50;
const PAGE_LENGTH: usize = 50;

pub(super) async fn list(mut page_request: PageRequest) -> Response {
    let params = &mut page_request.params;
    let (before, kind) = (params.whole("before"), params.word::<Kind>("type"));
    let (subject, cycle) = (params.text("subject"), params.text("cycle"));
    page_request
        .draw(Calendar::Utc, move |view| {
            let ask = EventsAsk { kind, subject: subject.clone(), cycle: cycle.clone(), ..EventsAsk::default() };
            draw(view, &ask, before)
        })
        .await
}

/// Draws the newest page by default, because most readers want the latest events. Pages are counted from the end.
fn draw(view: &View<'_>, ask: &EventsAsk, before: Option<u64>) -> Result<Drawn, Error> {
    let known = view.look.as_of().seq;
    let up_to = before.map_or(known, |before| before.saturating_sub(1).min(known));
    let Listing { lines, older } = newest(view.ledger, ask, up_to)?;
    let path = format!("/ledgers/{}/events", view.ledger.slug());
    let keep =
        [("type", ask.kind.map(Kind::as_str)), ("subject", ask.subject.as_deref()), ("cycle", ask.cycle.as_deref())];
    let older_address = older.map(|before| before.to_string());
    let older_address =
        older_address.map(|before| when::address(&path, &[&keep[..], &[("before", Some(before.as_str()))]].concat()));
    let contract = when::address(&format!("/v1{path}"), &keep);
    let is_live = before.is_none();
    let body = html! {
        div.heading { div {
            h1 { "Events" }
            p.quiet { "What was recorded, as it was recorded. The ledger is this list; everything else is told from it." }
        } p.live #live role="status" {} }
        form.view method="get" data-auto="" {
            @if let Some(cycle) = &ask.cycle { input type="hidden" name="cycle" value=(cycle); }
            @if let Some(subject) = &ask.subject { input type="hidden" name="subject" value=(subject); }
            div.filters {
                label { span { "Type" } select name="type" {
                    option value="" { "any" }
                    @for kind in Kind::ALL { option value=(kind.as_str()) selected[ask.kind == Some(*kind)] { (words(kind.as_str())) } }
                } }
                @if ask.cycle.is_some() || ask.subject.is_some() { a href=(path) { "events of the whole ledger" } }
                noscript { button.small { "Show" } }
            }
        }
        section.panel {
            ol.feed #feed data-live=[is_live.then_some(contract)] data-after=[is_live.then(|| format!("{}-{known}", view.ledger.incarnations().incarnation))] data-events=(path) {
                @for line in &lines { (line) }
            }
            @match (lines.is_empty(), older) {
                (false, _) => {}
                (true, Some(older)) => (empty("No event", html! { "None of the events " (older) " to " (up_to) " fits. There are older ones." })),
                (true, None) => (empty("No event", html! { "Nothing was recorded that fits." })),
            }
        }
        @if let Some(older) = older_address { p { a.button href=(older) rel="next" { "Older events" } } }
    };
    let cycle = match &ask.cycle {
        Some(id) => projections::ask::cycle(&view.look.asked(), id)?,
        None => None,
    };
    let here = match cycle {
        Some(cycle) => Here::in_cycle(view, &brief(&cycle), Tab::Events),
        None => Here::in_ledger(view, Tab::Events),
    };
    Ok(Drawn::page(Page { title: "Events".into(), here, body }))
}

/// A page of events.
struct Listing {
    /// Newest first.
    lines: Vec<Markup>,
    /// The seq before which the next page begins; none on the last page.
    older: Option<u64>,
}

/// Returns the newest events up to `up_to`. Ledgers are read forwards, so this reads windows that end at `up_to`, each
/// before the last one and wider, until the page is full or the limit of events examined is reached.
fn newest(ledger: &Ledger, ask: &EventsAsk, up_to: u64) -> Result<Listing, Error> {
    let is_plain = *ask == EventsAsk::default();
    let mut wide = if is_plain { PAGE } else { 8 * PAGE };
    let expected = Span { events: PAGE_LENGTH, bytes: PAGE_BYTES_MAX };
    let (mut found, mut is_cut) = (Vec::new(), false);
    let (mut end, mut examined) = (up_to, 0);
    while end > 0 && found.len() < PAGE_LENGTH && examined < EXAMINED_MAX {
        let after = end.saturating_sub(wide);
        let (mut window, mut is_over) = (VecDeque::with_capacity(PAGE_LENGTH), false);
        let walked = ledger.walk_events(&EventsAsk { after, ..ask.clone() }, end, expected, |seq, event| {
            if window.len() == PAGE_LENGTH {
                window.pop_front();
                is_over = true;
            }
            window.push_back((seq, line(&String::from_utf8_lossy(&event), ledger.slug())));
            true
        })?;
        examined += walked.examined;
        if walked.next_after.is_some() && wide > 1 {
            // The window is too large for one walk, which stopped before its end; the newest events are at the end.
            wide = (wide / 8).max(1);
            continue;
        }
        is_cut = is_over || found.len() + window.len() > PAGE_LENGTH;
        found.extend(window.into_iter().rev().take(PAGE_LENGTH - found.len()));
        (end, wide) = (after, wide.saturating_mul(8));
    }
    let older = match found.last() {
        Some((seq, _)) if is_cut => Some(*seq),
        _ => Some(end + 1).filter(|_| end > 0),
    };
    Ok(Listing { lines: found.into_iter().map(|(_, line)| line).collect(), older })
}
pub(super) async fn one(page_request: PageRequest) -> Response {
    let id = page_request.id.clone();
    page_request
        .draw(Calendar::Utc, move |view| {
            let known = view.look.as_of().seq;
            let seq = whole(&id).filter(|seq| (1..=known).contains(seq));
            let seq = seq.ok_or_else(|| {
                Error::NotFound(format!("the ledger has no event `{id}`: its events are numbered 1 to {known}"))
            })?;
            let bytes = view.ledger.event(seq)?;
            let path = format!("/ledgers/{}/events", view.ledger.slug());
            let read: Option<EventLine> = serde_json::from_slice(&bytes).ok();
            let pretty = serde_json::from_slice::<serde_json::Value>(&bytes)
                .and_then(|value| serde_json::to_string_pretty(&value));
            let pretty = pretty.unwrap_or_else(|_| String::from_utf8_lossy(&bytes).into_owned());
            let body = html! {
                div.heading { div {
                    p.eyebrow { a href=(path) { "Events" } " · " (seq) }
                    h1 { (read.as_ref().map_or_else(|| "Event".into(), |told| super::trail::sentence(&words(&told.kind)))) }
                    @if let Some(told) = &read { p.quiet { (told.actor) " · recorded " (told.recordedtime) } }
                } div.actions {
                    @if seq > 1 { a.button rel="prev" href={ (path) "/" (seq - 1) } { "‹ " (seq - 1) } }
                    @if seq < known { a.button rel="next" href={ (path) "/" (seq + 1) } { (seq + 1) " ›" } }
                } }
                section.panel { pre { (pretty) } }
                p.quiet { "Its very bytes: " a href={ "/v1" (path) "/" (seq) } { "/v1" (path) "/" (seq) } }
            };
            Ok(Drawn::page(Page { title: format!("Event {seq}"), here: Here::in_ledger(view, Tab::Events), body }))
        })
        .await
}

/// The fields of an event that its line shows.
#[derive(Deserialize)]
struct EventLine {
    seq: u64,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    actor: String,
    recordedtime: String,
    #[serde(default)]
    data: serde_json::Value,
}

/// Renders an event as a line.
pub(super) fn line(json: &str, ledger: &str) -> Markup {
    let Ok(told) = serde_json::from_str::<EventLine>(json) else { return html! { li { code { (json) } } } };
    html! {
        li {
            a.seq href={ "/ledgers/" (ledger) "/events/" (told.seq) } { (told.seq) }
            div {
                p { strong { (words(&told.kind)) } " " span.subject { (told.subject) } @if let Some(gist) = gist(&told.data) { " " span.quiet { (gist) } } }
                p.eyebrow { (told.recordedtime) " · " (told.actor) }
            }
        }
    }
}

/// Returns the most telling part of an event's data.
fn gist(data: &serde_json::Value) -> Option<String> {
    let mut parts = Vec::new();
    for name in ["title", "name", "value", "confidence", "score", "note", "statement", "reason", "rationale"] {
        match data.get(name) {
            Some(serde_json::Value::String(text)) => parts.push(figure::one_line(text)),
            Some(serde_json::Value::Number(number)) => parts.push(format!("{name} {number}")),
            _ => {}
        }
    }
    if let Some(changes) = data.get("changes").and_then(serde_json::Value::as_object) {
        parts.push(changes.keys().map(|field| field.replace('_', " ")).collect::<Vec<_>>().join(", "));
    }
    let text = parts.join(" · ");
    let short: String = text.chars().take(160).collect();
    (!short.is_empty()).then(|| if short.len() < text.len() { format!("{short}…") } else { short })
}

/// Returns `okr.key_result.adjusted` as words.
fn words(kind: &str) -> String {
    kind.trim_start_matches("okr.").replace(['.', '_'], " ")
}
