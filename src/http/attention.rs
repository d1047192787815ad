//! The goals of a cycle that need discussion this week.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

/// Returns the goals that need attention, with the reasons.
pub(super) async fn attention(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question.answer(calendar, move |_, look| found(ask::attention(&look.asked(), &id)?, look, A_CYCLE, &id)).await
}
