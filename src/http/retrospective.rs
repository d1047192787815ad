//! The story of a cycle.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};
pub(super) async fn retrospective(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            found(ask::retrospective(&ledger.past(), &look.asked(), &id)?, look, A_CYCLE, &id)
        })
        .await
}
