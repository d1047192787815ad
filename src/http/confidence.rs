//! Confidence by check-in and by week.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use super::goals::{A_KEY_RESULT, AN_OBJECTIVE};
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

/// Returns the confidences of all goals in a cycle.
pub(super) async fn cycle(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer(calendar, move |_, look| found(ask::confidence_of_cycle(&look.asked(), &id)?, look, A_CYCLE, &id))
        .await
}

/// Returns the confidences of an objective and its key results.
pub(super) async fn objective(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question
        .answer(calendar, move |_, look| {
            found(ask::confidence_of_objective(&look.asked(), &id)?, look, AN_OBJECTIVE, &id)
        })
        .await
}

/// Returns the confidences of a key result.
pub(super) async fn key_result(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question
        .answer(calendar, move |_, look| {
            found(ask::confidence_of_key_result(&look.asked(), &id)?, look, A_KEY_RESULT, &id)
        })
        .await
}
