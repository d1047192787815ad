//! The board, as JSON and as documents, and the changes between two boards.

use axum::response::Response;
use chrono::NaiveDate;
use events::{Confidence, Level, Moment, Number, SubjectId, Text};
use projections::ask::{self, BoardAsk, Standing};
use projections::calendar::day_of;
use projections::rules::Refusal;

use super::cycles::A_CYCLE;
use crate::ledger::{AsOfAsk, Error, Look};
use crate::pack::{self, Format, PackAsk, gather};
use crate::request::accept::preferred;
use crate::request::admission::Cost;
use crate::request::params::Params;
use crate::request::problem::Problem;
use crate::request::question::{Answer, Calendar, Question, found};

/// Returns a cycle's board, now or at the end of the day `on`, including events about that day recorded later. The
/// format is JSON, unless `Accept` prefers one of the board pack formats.
pub(super) async fn board(mut question: Question) -> Result<Response, Problem> {
    let format = |wanted: &str| Format::ALL.into_iter().find(|one| one.media_type().eq_ignore_ascii_case(wanted));
    if let Some(format) = preferred(&question.headers, format) {
        return pack(question, format, true).await;
    }
    let PackAsk { board: ask, on, .. } = read(&mut question.params);
    if on.is_some() {
        question.cost = Cost::High;
    }
    let as_of = question.params.as_of();
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer_from(as_of, calendar, move |ledger, look, asking| {
            is_known(on, look, &id, asking.now)?;
            let board = match on {
                None => ask::board(&look.asked(), &id, &ask)?,
                Some(day) => {
                    let board = ask::board_on(&ledger.past(), &look.asked(), &id, day, &ask)?;
                    if board.is_none() && ask::cycle(&look.asked(), &id)?.is_some() {
                        return Err(not_opened(&id, day));
                    }
                    board
                }
            };
            let board = found(board, look, A_CYCLE, &id)?;
            let answer = asking.json(&board, look.as_of().seq)?;
            Ok(Answer { varies: true, ..answer })
        })
        .await
}
pub(super) async fn html(question: Question) -> Result<Response, Problem> {
    pack(question, Format::Html, false).await
}
pub(super) async fn pdf(question: Question) -> Result<Response, Problem> {
    pack(question, Format::Pdf, false).await
}
pub(super) async fn xlsx(question: Question) -> Result<Response, Problem> {
    pack(question, Format::Xlsx, false).await
}
pub(super) async fn csv(question: Question) -> Result<Response, Problem> {
    pack(question, Format::Csv, false).await
}
pub(super) async fn md(question: Question) -> Result<Response, Problem> {
    pack(question, Format::Md, false).await
}

async fn pack(mut question: Question, format: Format, varies: bool) -> Result<Response, Problem> {
    question.cost = if format == Format::Pdf { Cost::Print } else { Cost::High };
    let ask = PackAsk { is_bare: format == Format::Csv, ..read(&mut question.params) };
    let as_of = question.params.as_of();
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer_from(as_of, calendar, move |ledger, look, asking| {
            is_known(ask.on, look, &id, asking.now)?;
            let pack = gather(ledger, look, &id, &ask)?;
            if let (None, Some(day), true) = (&pack, ask.on, ask::cycle(&look.asked(), &id)?.is_some()) {
                return Err(not_opened(&id, day));
            }
            let pack = found(pack, look, A_CYCLE, &id)?;
            let body = pack.write(format).map_err(|error| match error {
                pack::Error::TooLong { .. } => Error::invalid("", "too_long", error.to_string()),
                pack::Error::TooMuchWork { .. } => {
                    Error::Refused(Refusal::too_large("too_much_work", error.to_string()))
                }
                pack::Error::NoPress(_) => Error::NoPress(error.to_string()),
                pack::Error::Failed { .. } => Error::Unavailable(error.to_string()),
            })?;
            Ok(Answer {
                body: asking.whole(body),
                content_type: format.content_type(),
                seq: look.as_of().seq,
                next: None,
                varies,
                file_name: Some(pack.file_name(format)),
            })
        })
        .await
}

/// Reads the filters and `on` from the query parameters.
fn read(params: &mut Params) -> PackAsk {
    let board = BoardAsk {
        team: params.read("team", |text| SubjectId::new(text)),
        owner: params.read("owner", |text| Text::new(text)),
        level: params.word::<Level>("level"),
        status: params.word::<Standing>("status"),
        max_confidence: params.read("max_confidence", |text| text.parse::<Number>().and_then(Confidence::new)),
    };
    PackAsk { board, on: params.day("on"), is_bare: false }
}

fn not_opened(id: &str, day: NaiveDate) -> Error {
    Error::NotFound(format!("the cycle `{id}` had not been opened on {day}"))
}

/// Rejects a day that has not begun in the cycle's time zone.
fn is_known(on: Option<NaiveDate>, look: &Look<'_>, id: &str, now: Moment) -> Result<(), Error> {
    let (Some(day), Some(cycle)) = (on, ask::cycle(&look.asked(), id)?) else { return Ok(()) };
    if day <= day_of(now, cycle.time_zone) {
        return Ok(());
    }
    let says = format!("{day} is in the future: give today or an earlier day, or leave `on` out for the current board");
    Err(Error::invalid("?on", "in_the_future", says))
}

/// Returns the changes between `from` and `to`; without `to`, between `from` and `as_of` or now.
pub(super) async fn changes(mut question: Question) -> Result<Response, Problem> {
    let params = &mut question.params;
    if !params.is_given("from") {
        params.fault("from", "required", "`from` is required: a seq, a date or a time");
    }
    let (from, to, as_of) = (params.point("from"), params.point("to"), params.as_of());
    if to.is_some() && as_of.is_some() {
        params.fault("as_of", "ambiguous", "`to` and `as_of` both set the end: leave one of them out");
    }
    let end = if params.is_given("to") { "to" } else { "as_of" };
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    // Never used: without `from`, the question ends with the faults of its parameters.
    let from = from.unwrap_or(AsOfAsk::Seq(0));
    question
        .answer_from(None, calendar, move |ledger, _, asking| {
            let from = ledger.look_as("from", Some(from), Some(&id), asking.now)?;
            let to = ledger.look_as(end, to.or(as_of), Some(&id), asking.now)?;
            let (asked_from, asked_to) = (from.asked(), to.asked());
            if (asked_from.as_of.seq, asked_from.at) > (asked_to.as_of.seq, asked_to.at) {
                let says = format!(
                    "`from` is event {} at {}, later than event {} at {}: swap the two",
                    asked_from.as_of.seq, asked_from.at, asked_to.as_of.seq, asked_to.at
                );
                return Err(Error::invalid("?from", "later_than_to", says));
            }
            let changes = ask::changes(&asked_from, &asked_to, &ledger.past(), &id)?;
            let changes = found(changes, &to, A_CYCLE, &id)?;
            asking.json(&changes, to.as_of().seq)
        })
        .await
}
