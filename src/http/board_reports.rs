//! Reports to a board: their content when issued, restatements since, and changes between two of them.

use axum::response::Response;
use events::SubjectId;
use projections::ask::{self, ReportChanges};

use super::cycles::A_CYCLE;
use crate::ledger::Error;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

const A_REPORT: &str = "a board report";

/// Lists all reports, or those of one cycle.
pub(super) async fn list(mut question: Question) -> Result<Response, Problem> {
    let cycle = question.params.text("cycle");
    let calendar = cycle.clone().map_or(Calendar::Utc, Calendar::Cycle);
    question
        .answer(calendar, move |_, look| {
            let reports = ask::board_reports(&look.asked(), cycle.as_deref())?;
            found(reports, look, A_CYCLE, cycle.as_deref().unwrap_or_default())
        })
        .await
}

/// Returns one report as issued; it never changes.
pub(super) async fn one(mut question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let as_of = question.params.as_of();
    let calendar = Calendar::Goal(id.clone());
    question
        .answer_from(as_of, calendar, move |ledger, look, asking| {
            let report = ask::board_report(&ledger.past(), &look.asked(), &id)?;
            let report = found(report, look, A_REPORT, &id)?;
            asking.json(&report, report.report.seq)
        })
        .await
}

/// Returns the figures of a report that have been restated since.
pub(super) async fn restatements(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            found(ask::restatements(&ledger.past(), &look.asked(), &id)?, look, A_REPORT, &id)
        })
        .await
}

/// Returns the changes from one report to a later one (`to`), or to now.
pub(super) async fn changes(mut question: Question) -> Result<Response, Problem> {
    let to = question.params.read("to", |text| SubjectId::new(text));
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            let answer = ask::report_changes(&ledger.past(), &look.asked(), &id, to.as_ref())?;
            let (rule, says) = match found(answer, look, A_REPORT, &id)? {
                ReportChanges::Told(changes) => return Ok(changes),
                ReportChanges::Unknown(to) => return found(None, look, A_REPORT, to.as_str()),
                ReportChanges::OtherCycle(cycle) => {
                    let says = "belongs to the cycle `{cycle}` and cannot be compared with";
                    ("other_cycle", says.replace("{cycle}", cycle.as_str()))
                }
                ReportChanges::NotLater => ("not_later", "was not issued after".to_owned()),
            };
            let to = to.as_ref().map(ToString::to_string).unwrap_or_default();
            Err(Error::invalid("?to", rule, format!("the report `{to}` {says} `{id}`")))
        })
        .await
}
