//! A cycle as frames. The frames of a large cycle contain a million events, so each is serialized as soon as it is
//! computed.

use std::cell::RefCell;

use axum::response::Response;
use projections::ask::{self, FRAMES_MAX, Frame, ReplayAnswer, Step};
use projections::rows;
use serde::ser::{Error as _, SerializeSeq};
use serde::{Serialize, Serializer};

use super::cycles::A_CYCLE;
use crate::ledger::Error;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

/// Returns the frames of a cycle; by week unless `step` is given.
pub(super) async fn replay(mut question: Question) -> Result<Response, Problem> {
    let step = question.params.word("step").unwrap_or(Step::Week);
    let as_of = question.params.as_of();
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer_from(as_of, calendar, move |ledger, look, asking| {
            let past = ledger.past();
            let frames = match found(ask::replay_frames(&past, &look.asked(), &id, step)?, look, A_CYCLE, &id)? {
                ReplayAnswer::Told(frames) => frames,
                ReplayAnswer::TooLong(frames) => {
                    let says = format!("{frames} frames exceed the limit of {FRAMES_MAX}: use a longer step");
                    return Err(Error::invalid("?step", "too_many_frames", says));
                }
            };
            let cycle = frames.cycle_id().clone();
            let frames = FrameStream { frames: RefCell::new(frames), failed: RefCell::default() };
            let answer = asking.json(&ReplayStream { cycle, step, frames: &frames }, look.as_of().seq);
            match frames.failed.into_inner() {
                Some(failed) => Err(failed.into()),
                None => answer,
            }
        })
        .await
}

/// A [`Replay`](ask::Replay) whose frames are computed while it is serialized.
#[derive(Serialize)]
struct ReplayStream<F> {
    cycle: events::SubjectId,
    step: Step,
    frames: F,
}

/// Frames computed one by one during serialization.
struct FrameStream<F> {
    frames: RefCell<F>,
    failed: RefCell<Option<rows::Error>>,
}

impl<F: Iterator<Item = Result<Frame, rows::Error>>> Serialize for FrameStream<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut answer = serializer.serialize_seq(None)?;
        for frame in self.frames.borrow_mut().by_ref() {
            match frame {
                Ok(frame) => answer.serialize_element(&frame)?,
                Err(failed) => {
                    let says = S::Error::custom(&failed);
                    self.failed.replace(Some(failed));
                    return Err(says);
                }
            }
        }
        answer.end()
    }
}
