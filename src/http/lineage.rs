//! The lineage of a score: each event that changed it, with the score before and after; paged.

use axum::response::Response;
use projections::ask::{self, Lineage, StepsAsk};

use super::cycles::A_CYCLE;
use super::events::{LIMIT_MAX, limit, next_page};
use super::goals::{A_KEY_RESULT, AN_OBJECTIVE};
use crate::ledger::{Error, Ledger, Look, PAGE_BYTES_MAX};
use crate::request::problem::Problem;
use crate::request::question::{Answer, Calendar, Question, found};

/// Returns the lineage of a cycle.
pub(super) async fn cycle(question: Question) -> Result<Response, Problem> {
    let calendar = Calendar::Cycle(question.id.clone());
    let lineage = |ledger: &Ledger, look: &Look<'_>, id: &str, steps| {
        found(ask::lineage_of_cycle(&ledger.past(), &look.asked(), id, steps)?, look, A_CYCLE, id)
    };
    page(question, calendar, lineage).await
}

/// Returns the lineage of an objective.
pub(super) async fn objective(question: Question) -> Result<Response, Problem> {
    let calendar = Calendar::Goal(question.id.clone());
    let lineage = |ledger: &Ledger, look: &Look<'_>, id: &str, steps| {
        found(ask::lineage_of_objective(&ledger.past(), &look.asked(), id, steps)?, look, AN_OBJECTIVE, id)
    };
    page(question, calendar, lineage).await
}

/// Returns the lineage of a key result.
pub(super) async fn key_result(question: Question) -> Result<Response, Problem> {
    let calendar = Calendar::Goal(question.id.clone());
    let lineage = |ledger: &Ledger, look: &Look<'_>, id: &str, steps| {
        found(ask::lineage_of_key_result(&ledger.past(), &look.asked(), id, steps)?, look, A_KEY_RESULT, id)
    };
    page(question, calendar, lineage).await
}

/// Returns a page of steps. The default `limit` is the largest allowed, so a goal's lineage usually fits on one page.
async fn page(
    mut question: Question,
    calendar: Calendar,
    lineage: impl FnOnce(&Ledger, &Look<'_>, &str, StepsAsk) -> Result<Lineage, Error> + Send + 'static,
) -> Result<Response, Problem> {
    let after = question.params.whole("after").unwrap_or_default();
    let limit = usize::try_from(limit(&mut question.params).unwrap_or(LIMIT_MAX)).unwrap_or(usize::MAX);
    let (as_of, id, uri) = (question.params.as_of(), question.id.clone(), question.uri.clone());
    question
        .answer_from(as_of, calendar, move |ledger, look, asking| {
            let steps = lineage(ledger, look, &id, StepsAsk { after, limit, bytes_max: PAGE_BYTES_MAX })?;
            let next = steps.next_after.map(|after| next_page(&uri, after));
            Ok(Answer { next, ..asking.json(&steps, look.as_of().seq)? })
        })
        .await
}
