//! Objectives and key results, by id or ref.

use axum::response::Response;
use projections::ask;

use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

pub(super) const AN_OBJECTIVE: &str = "an objective";
pub(super) const A_KEY_RESULT: &str = "a key result";

/// Returns the current state of an objective.
pub(super) async fn objective(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question.answer(calendar, move |_, look| found(ask::objective(&look.asked(), &id)?, look, AN_OBJECTIVE, &id)).await
}

/// Returns the current state of a key result.
pub(super) async fn key_result(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question.answer(calendar, move |_, look| found(ask::key_result(&look.asked(), &id)?, look, A_KEY_RESULT, &id)).await
}
