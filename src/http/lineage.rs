//! Which event moved a score from what to what.

use axum::response::Response;
use projections::ask;

use super::cycles::A_CYCLE;
use super::goals::{A_KEY_RESULT, AN_OBJECTIVE};
use super::problem::Problem;
use super::question::{Calendar, Question, found};

/// A cycle's lineage.
pub(super) async fn cycle(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            found(ask::lineage_of_cycle(&ledger.past(), &look.asked(), &id)?, look, A_CYCLE, &id)
        })
        .await
}

/// An objective's lineage.
pub(super) async fn objective(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            found(ask::lineage_of_objective(&ledger.past(), &look.asked(), &id)?, look, AN_OBJECTIVE, &id)
        })
        .await
}

/// A key result's lineage.
pub(super) async fn key_result(question: Question) -> Result<Response, Problem> {
    let id = question.id.clone();
    let calendar = Calendar::Goal(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            found(ask::lineage_of_key_result(&ledger.past(), &look.asked(), &id)?, look, A_KEY_RESULT, &id)
        })
        .await
}
