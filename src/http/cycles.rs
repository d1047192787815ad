//! Cycles.

use axum::response::Response;
use projections::ask;

use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

pub(super) const A_CYCLE: &str = "a cycle";
pub(super) async fn list(question: Question) -> Result<Response, Problem> {
    question.answer(Calendar::Utc, |_, look| Ok(ask::cycles(&look.asked())?)).await
}

/// Returns the current state of a cycle.
pub(super) async fn one(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question.answer(calendar, move |_, look| found(ask::cycle(&look.asked(), &id)?, look, A_CYCLE, &id)).await
}
