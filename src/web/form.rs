//! Forms: rendered with an id, and sent as one submission. A form sent twice is recorded once, because the ids of its
//! events derive from the form's id.
//!
//! A field is named by the path of its value in the event's data (`changes/target/to`), after a prefix per event if a
//! form records several. So each fault is shown at its field, and a fault without a field at the top of the form.

mod adjust;
mod amend;
mod check_in;
mod draft;
mod fields;
mod filled;
mod goal;
mod look_back;
mod measures;
mod proposals;
mod retire;
mod score;
mod step;
mod who;
mod why;

use ::events::{Faults, Kind, Moment, Submission, Violation};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use projections::rules::{ENTRY_EVENTS_MAX, Proposal, Refusal, Warning};
use serde_json::{Value, json};
use uuid::Uuid;

use self::filled::{Filled, TooManyFields};
use super::page_request::{Drawn, PageRequest, elsewhere};
use super::view::View;
use super::{actor, error_page, when};
use crate::ledger::Error;
use crate::request::body;
use crate::request::problem::Problem;
use crate::request::question::Calendar;
use crate::request::state::Shared;
use crate::writer::{Outcome, Receipt};

pub(super) use adjust::{adjust, send_adjust};
pub(super) use amend::{amend, send_amend};
pub(super) use check_in::{check_in, send_check_in};
pub(super) use draft::{draft, send_draft};
pub(super) use look_back::{look_back, send_look_back};
pub(super) use measures::{measures, send_measures};
pub(super) use proposals::{proposals, send_word};
pub(super) use retire::{retire, send_retire};
pub(super) use score::{score, send_score};
pub(super) use step::{send_step, step};
pub(super) use who::{send_who, who};

/// A form being rendered: empty, or with its values and faults.
pub(super) struct Sheet {
    /// Created when the form is first rendered.
    id: String,
    filled: Filled,
    faults: Vec<Violation>,
    /// The advice of the rules after a successful dry run.
    tried: Option<Vec<Warning>>,
}

impl Sheet {
    fn fresh() -> Sheet {
        Sheet { id: Uuid::now_v7().to_string(), filled: Filled::default(), faults: Vec::new(), tried: None }
    }

    /// Returns true if the form has not been sent yet.
    fn is_fresh(&self) -> bool {
        self.filled.text("form").is_empty()
    }
}

/// An event that a form records.
struct FormEvent {
    /// The prefix of its field names: empty, or ending with a slash.
    prefix: String,
    kind: Kind,
    subject: String,
    data: Value,
    time: Option<Moment>,
}

/// Records the form and redirects to `next`, or renders it again with its faults. With `try` in the form, it is a dry
/// run.
async fn send(
    page_request: PageRequest,
    request: Request,
    calendar: Calendar,
    make: impl FnOnce(&Filled, &str) -> Vec<FormEvent> + Send + 'static,
    draw: impl FnOnce(&View<'_>, &Sheet) -> Result<Drawn, Error> + Send + 'static,
    next: impl FnOnce(&Receipt, &Filled) -> String,
) -> Response {
    let remembered = page_request.actor.clone();
    let entry = match read(&page_request, request, move |filled| Entry::of(filled, remembered, make)).await {
        Ok(entry) => entry,
        Err(problem) => return error_page::page(&problem, page_request.actor.as_deref()),
    };
    let Entry { mut sheet, actor, prefixes, submissions } = entry;
    let only_try = !sheet.filled.text("try").is_empty();
    let outcome = match record(&page_request, submissions, only_try).await {
        Ok(outcome) => outcome,
        Err(Failed::Faults(faults)) => {
            sheet.faults = faults.into_iter().map(|fault| placed(fault, &prefixes)).collect();
            let mut response = page_request.draw(calendar, move |view| draw(view, &sheet)).await;
            // A dry run that finds faults has done its job: 200.
            if response.status() == StatusCode::OK && !only_try {
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            }
            return response;
        }
        Err(Failed::Problem(problem)) => return error_page::page(&problem, page_request.actor.as_deref()),
    };
    match outcome {
        Outcome::Tried(receipt) => {
            sheet.tried = Some(receipt.warnings);
            page_request.draw(calendar, move |view| draw(view, &sheet)).await
        }
        Outcome::Recorded(receipt) | Outcome::Replayed(receipt) => {
            let address = next(&receipt, &sheet.filled);
            let sign = if address.contains('?') { '&' } else { '?' };
            let mut response = elsewhere(&format!("{address}{sign}recorded={}", receipt.last_seq));
            response
                .headers_mut()
                .extend(actor.as_deref().and_then(actor::cookie).map(|cookie| (header::SET_COOKIE, cookie)));
            response
        }
    }
}

/// Reads the body of a form and passes its fields to `make`.
async fn read<T: Send + 'static>(
    page_request: &PageRequest,
    request: Request,
    make: impl FnOnce(Filled) -> T + Send + 'static,
) -> Result<T, Problem> {
    let Shared { memory, admission, .. } = &*page_request.served;
    let body = body::read(memory, &page_request.headers, request).await?;
    let made = admission.read(body.len(), move || Filled::read(&body).map(make)).await?;
    made.map_err(|TooManyFields| {
        let says = "the form has too many fields: nothing was recorded; record fewer things at a time";
        Problem::too_large("too_many_fields", says)
    })
}

/// The reason that nothing was recorded.
enum Failed {
    /// The values entered have faults.
    Faults(Vec<Violation>),
    Problem(Problem),
}

/// The events of one entry, or the faults of the form.
struct Entry {
    sheet: Sheet,
    /// The name in the form, or in the cookie.
    actor: Option<String>,
    /// The prefix of field names for each event.
    prefixes: Vec<String>,
    submissions: Result<Vec<Submission>, Failed>,
}

impl Entry {
    fn of(filled: Filled, remembered: Option<String>, make: impl FnOnce(&Filled, &str) -> Vec<FormEvent>) -> Entry {
        let sheet = Sheet { id: filled.text("form").to_owned(), filled, faults: Vec::new(), tried: None };
        let actor = actor::readable(sheet.filled.text("actor")).or(remembered);
        let made = make(&sheet.filled, &sheet.id);
        let prefixes = made.iter().map(|one| one.prefix.clone()).collect();
        let submissions = submissions(&sheet.id, actor.as_deref(), made);
        Entry { sheet, actor, prefixes, submissions }
    }
}

fn submissions(id: &str, actor: Option<&str>, made: Vec<FormEvent>) -> Result<Vec<Submission>, Failed> {
    let mut faults = Faults::none();
    if actor.is_none() {
        faults.add("actor", "required", "say who you are: it is recorded with what you record");
    }
    let is_id = (8..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_id {
        faults.add("", "form", "this form has lost its id: open the page again");
    }
    if made.is_empty() {
        faults.add("", "nothing_stated", "nothing was filled in: there is nothing to record");
    }
    if made.len() > ENTRY_EVENTS_MAX {
        let says =
            "the form records more events than an entry can contain: nothing was recorded; record fewer at a time";
        return Err(Failed::Problem(Problem::too_large("too_many_events", says)));
    }
    let mut submissions = Vec::new();
    for (n, one) in made.into_iter().enumerate() {
        let id = match one.prefix.trim_end_matches('/') {
            "" => id.to_owned(),
            part => format!("{id}.{part}"),
        };
        let mut event = json!({
            "specversion": "1.0",
            "id": id,
            "source": actor::source(actor.unwrap_or("somebody")),
            "type": one.kind.as_str(),
            "subject": one.subject,
            "data": one.data,
        });
        if let (Some(event), Some(time)) = (event.as_object_mut(), one.time) {
            event.insert("time".into(), Value::String(time.to_string()));
        }
        match Submission::read_beside(&faults, &event, &format!("/{n}")) {
            Ok(submission) => submissions.push(submission),
            Err(malformed) => faults.extend(malformed.into_faults()),
        }
    }
    if faults.is_empty() { Ok(submissions) } else { Err(Failed::Faults(faults.into_violations())) }
}

async fn record(
    page_request: &PageRequest,
    submissions: Result<Vec<Submission>, Failed>,
    only_try: bool,
) -> Result<Outcome, Failed> {
    let ledger = page_request.served.ledger(&page_request.ledger).map_err(Failed::Problem)?;
    let submissions = submissions?;
    let proposal = Proposal { submissions, is_list: true, if_match: None };
    let outcome = match only_try {
        true => page_request.served.admission.try_out(move || ledger.try_out(proposal)).await,
        false => ledger.record(proposal).await,
    };
    match outcome {
        Ok(outcome) => Ok(outcome),
        Err(Error::Refused(Refusal { violations, .. })) => Err(Failed::Faults(violations)),
        Err(error) => Err(Failed::Problem(error.into())),
    }
}

/// Replaces the pointer of a fault by the name of its field.
fn placed(fault: Violation, prefixes: &[String]) -> Violation {
    let mut parts = fault.pointer.splitn(4, '/');
    let (_, n, part, rest) = (parts.next(), parts.next(), parts.next(), parts.next());
    let prefix = n.and_then(|n| n.parse::<usize>().ok()).and_then(|n| prefixes.get(n));
    let pointer = match (prefix, part, rest) {
        (Some(prefix), Some("data"), Some(rest)) => format!("{prefix}{rest}"),
        (Some(prefix), Some("time"), None) => format!("{prefix}on"),
        // A fault of a whole event is shown with the event's fields, if the form records several events.
        (Some(prefix), _, _) => prefix.trim_end_matches('/').to_owned(),
        (None, _, _) => fault.pointer,
    };
    Violation { pointer, ..fault }
}

/// Returns the address to redirect to after recording.
fn back(path: &str, params: &[(&str, Option<&str>)]) -> String {
    when::address(path, params)
}

/// Draws the page of an empty form.
async fn empty(
    page_request: PageRequest,
    calendar: Calendar,
    draw: impl FnOnce(&View<'_>, &Sheet) -> Result<Drawn, Error> + Send + 'static,
) -> Response {
    page_request.draw(calendar, move |view| draw(view, &Sheet::fresh())).await.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_finds_its_field() {
        let prefixes = ["kr-1/".to_owned(), String::new()];
        let field = |pointer: &str| placed(Violation::new(pointer, "x", "y"), &prefixes).pointer;
        assert_eq!(field("/0/data/value"), "kr-1/value");
        assert_eq!(field("/1/data/changes/target/to"), "changes/target/to");
        assert_eq!(field("/0/time"), "kr-1/on");
        assert_eq!(field("/0/subject"), "kr-1");
        assert_eq!(field("/1/subject"), "");
        assert_eq!(field("actor"), "actor");
    }
}
