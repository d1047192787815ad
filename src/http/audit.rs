//! The audit trail of goal changes, filtered by cause, direction, actor or time; as JSON or CSV.

use axum::response::Response;
use events::{Text, TimeZone, clip};
use projections::ask::{self, Audit, AuditAsk};
use projections::rows::{CycleRow, row};

use super::cycles::A_CYCLE;
use super::feed::Bound;
use super::goals::{A_KEY_RESULT, AN_OBJECTIVE};
use crate::ledger::{Error, Look};
use crate::request::accept::prefers;
use crate::request::params::Params;
use crate::request::problem::Problem;
use crate::request::question::{Answer, Calendar, Question, found};
use crate::spreadsheet;

const CSV: &str = "text/csv; charset=utf-8; header=present";

/// Returns the audit trail of a cycle.
pub(super) async fn cycle(question: Question) -> Result<Response, Problem> {
    let calendar = Calendar::Cycle(question.id.clone());
    answer(question, calendar, |look, id| found(ask::audit_cycle(&look.asked(), id)?, look, A_CYCLE, id)).await
}

/// Returns the audit trail of an objective and its key results.
pub(super) async fn objective(question: Question) -> Result<Response, Problem> {
    let calendar = Calendar::Goal(question.id.clone());
    answer(question, calendar, |look, id| found(ask::audit_objective(&look.asked(), id)?, look, AN_OBJECTIVE, id)).await
}

/// Returns the audit trail of a key result.
pub(super) async fn key_result(question: Question) -> Result<Response, Problem> {
    let calendar = Calendar::Goal(question.id.clone());
    answer(question, calendar, |look, id| found(ask::audit_key_result(&look.asked(), id)?, look, A_KEY_RESULT, id))
        .await
}

async fn answer(
    mut question: Question,
    calendar: Calendar,
    audit: impl FnOnce(&Look<'_>, &str) -> Result<Audit, Error> + Send + 'static,
) -> Result<Response, Problem> {
    let filter = AuditFilter::read(&mut question.params);
    let is_csv = match question.params.word::<Format>("format") {
        Some(format) => format == Format::Csv,
        None => prefers(&question.headers, "text/csv"),
    };
    let (as_of, id) = (question.params.as_of(), question.id.clone());
    let whose = calendar.clone();
    question
        .answer_from(as_of, calendar, move |ledger, look, asking| {
            let audit = audit(look, &id)?;
            let zone = if filter.names_days() { zone(look, whose.cycle(ledger, asking.now)?)? } else { TimeZone::UTC };
            let audit = audit.narrowed(&filter.ask(zone));
            let answer = asking.json(&audit, look.as_of().seq)?;
            Ok(match is_csv {
                false => Answer { varies: true, ..answer },
                true => {
                    let body = spreadsheet::audit(&audit).map_err(Error::Damaged)?;
                    Answer { body: asking.whole(body), content_type: CSV, varies: true, ..answer }
                }
            })
        })
        .await
}

/// The value of the `format` parameter; without it, `Accept` decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Csv,
}

impl std::str::FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Format::Json),
            "csv" => Ok(Format::Csv),
            _ => Err(format!("`{}` is neither json nor csv", clip(text))),
        }
    }
}

/// The filter given by the query parameters.
#[derive(Debug)]
struct AuditFilter {
    ask: AuditAsk,
    since: Option<Bound>,
    until: Option<Bound>,
}

impl AuditFilter {
    fn read(params: &mut Params) -> AuditFilter {
        let ask = AuditAsk {
            causes: params.several("cause", str::parse),
            directions: params.several("direction", str::parse),
            actor: params.read("actor", |text| Text::new(text)),
            since: None,
            until: None,
        };
        AuditFilter {
            ask,
            since: params.read("since", |text| Bound::read("since", text)),
            until: params.read("until", |text| Bound::read("until", text)),
        }
    }

    fn names_days(&self) -> bool {
        self.since.is_some() || self.until.is_some()
    }

    fn ask(self, zone: TimeZone) -> AuditAsk {
        let moment = |bound: Option<Bound>| bound.map(|bound| bound.moment(zone));
        AuditAsk { since: moment(self.since), until: moment(self.until), ..self.ask }
    }
}

fn zone(look: &Look<'_>, cycle: Option<String>) -> Result<TimeZone, Error> {
    let row = cycle.map(|id| row::<CycleRow>(look.asked().rows, &CycleRow::key_of(&id))).transpose()?.flatten();
    Ok(row.map_or(TimeZone::UTC, |cycle| cycle.time_zone))
}
