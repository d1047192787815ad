//! Calibration: confidences compared with the scores that followed.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

/// Returns the calibration of a cycle.
pub(super) async fn calibration(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question.answer(calendar, move |_, look| found(ask::calibration(&look.asked(), &id)?, look, A_CYCLE, &id)).await
}
