//! Goals moved after the start of a cycle.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

/// Returns a cycle's moves, and the scores against the goals agreed at the start.
pub(super) async fn goalposts(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question.answer(calendar, move |_, look| found(ask::goalposts(&look.asked(), &id)?, look, A_CYCLE, &id)).await
}
