//! Proposed changes of goals, and the decisions on them.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

/// Returns a cycle's proposals, all or those in one state.
pub(super) async fn proposals(mut question: Question) -> Result<Response, Problem> {
    let state = question.params.word("state");
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer(calendar, move |_, look| found(ask::proposals(&look.asked(), &id, state)?, look, A_CYCLE, &id))
        .await
}
