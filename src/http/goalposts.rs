//! What was moved after a cycle's start.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use super::problem::Problem;
use super::question::{Calendar, Question, found};

/// A cycle's moves, and what is left of what was set at the start.
pub(super) async fn goalposts(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question.answer(calendar, move |_, look| found(ask::goalposts(&look.asked(), &id)?, look, A_CYCLE, &id)).await
}
