//! The board, and what differs between two of them.

use axum::response::Response;
use events::{Confidence, Level, Number, SubjectId, Text};
use projections::ask::{self, BoardAsk, Standing};

use super::cycles::A_CYCLE;
use super::problem::Problem;
use super::question::{Answer, Calendar, Question, found};
use crate::ledger::{AsOfAsk, Error};

/// Where a cycle stands; with `on`, where it stood on a day, as far as it is known.
pub(super) async fn board(mut question: Question) -> Result<Response, Problem> {
    let params = &mut question.params;
    let ask = BoardAsk {
        team: params.read("team", |text| SubjectId::new(text)),
        owner: params.read("owner", |text| Text::new(text)),
        level: params.word::<Level>("level"),
        status: params.word::<Standing>("status"),
        max_confidence: params.read("max_confidence", |text| text.parse::<Number>().and_then(Confidence::new)),
    };
    let on = params.day("on");
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            let board = match on {
                None => ask::board(&look.asked(), &id, &ask)?,
                Some(day) => {
                    let board = ask::board_on(&ledger.past(), &look.asked(), &id, day, &ask)?;
                    if board.is_none() && ask::cycle(&look.asked(), &id)?.is_some() {
                        return Err(Error::NotFound(format!("the cycle `{id}` had not been opened on {day}")));
                    }
                    board
                }
            };
            found(board, look, A_CYCLE, &id)
        })
        .await
}

/// What differs between `from` and `to`; without `to`, between `from` and what is known as of now (or `as_of`).
pub(super) async fn changes(mut question: Question) -> Result<Response, Problem> {
    let params = &mut question.params;
    if !params.is_given("from") {
        params.fault("from", "required", "changes are asked for `from` some moment: a seq, a date or a time");
    }
    let (from, to, as_of) = (params.point("from"), params.point("to"), params.as_of());
    if to.is_some() && as_of.is_some() {
        params.fault("as_of", "ambiguous", "`to` says what was known last already: leave one of `to` and `as_of` out");
    }
    let end = if params.is_given("to") { "to" } else { "as_of" };
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    // `from` is read by now: without it the question ends at its parameters.
    let from = from.unwrap_or(AsOfAsk::Seq(0));
    question
        .answer_from(None, calendar, move |ledger, _, now| {
            let from = ledger.look_as("from", Some(from), Some(&id), now)?;
            let to = ledger.look_as(end, to.or(as_of), Some(&id), now)?;
            let (asked_from, asked_to) = (from.asked(), to.asked());
            if (asked_from.as_of.seq, asked_from.at) > (asked_to.as_of.seq, asked_to.at) {
                let says = format!(
                    "`from` is event {} at {}, later than event {} at {}: exchange the two",
                    asked_from.as_of.seq, asked_from.at, asked_to.as_of.seq, asked_to.at
                );
                return Err(Error::invalid("?from", "later_than_to", says));
            }
            let changes = ask::changes(&asked_from, &asked_to, &ledger.past(), &id)?;
            let changes = found(changes, &to, A_CYCLE, &id)?;
            Answer::json(&changes, to.as_of().seq, from.is_settled() && to.is_settled())
        })
        .await
}
