//! A cycle as frames.

use axum::response::Response;
use projections::ask::{self, FRAMES_MAX, ReplayAnswer, Step};

use super::cycles::A_CYCLE;
use super::problem::Problem;
use super::question::{Calendar, Question, found};
use crate::ledger::Error;

/// By week where `step` does not say otherwise.
pub(super) async fn replay(mut question: Question) -> Result<Response, Problem> {
    let step = question.params.word("step").unwrap_or(Step::Week);
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            match found(ask::replay(&ledger.past(), &look.asked(), &id, step)?, look, A_CYCLE, &id)? {
                ReplayAnswer::Told(told) => Ok(told),
                ReplayAnswer::TooLong(frames) => {
                    let says = format!("that is {frames} frames; at most {FRAMES_MAX} are told: take longer steps");
                    Err(Error::invalid("?step", "too_many_frames", says))
                }
            }
        })
        .await
}
