//! The scores of a cycle without some of its events, and the ladder of the cycle as it is.

use std::collections::BTreeSet;

use axum::response::Response;
use events::{clip, list_names};
use projections::ask::{self, WhatIf, WhatIfAnswer, WhatIfAsk};

use super::cycles::A_CYCLE;
use super::params::{Params, whole};
use super::problem::Problem;
use super::question::{Calendar, Question, found};
use super::under_policy::under_policy;
use crate::ledger::{Error, Ledger, Look};

/// The kinds of events that can be left out.
const KINDS: &str = "adjustments, retirements, corrections and grades";

/// Returns a cycle as it is and as it would be.
pub(super) async fn what_if(mut question: Question) -> Result<Response, Problem> {
    if question.params.is_given("policy") {
        return under_policy(question).await;
    }
    let ask = supposed(&mut question.params);
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question.answer(calendar, move |ledger, look| answered(ledger, look, &id, &ask)).await
}

/// Reads the assumptions: `without=` kinds, `without_events=` seqs, `formula=`.
pub(crate) fn supposed(params: &mut Params) -> WhatIfAsk {
    let mut ask = WhatIfAsk::default();
    let mut leave_out = |text: &str| {
        *match text {
            "adjustments" => &mut ask.without_adjustments,
            "retirements" => &mut ask.without_retirements,
            "corrections" => &mut ask.without_corrections,
            "grades" => &mut ask.without_grades,
            _ => return Err(format!("`{}` cannot be left out; {KINDS} can, and events by their seq", clip(text))),
        } = true;
        Ok(())
    };
    params.several("without", &mut leave_out);
    let read = |one: &str| whole(one).ok_or_else(|| format!("`{}` is not a seq; list seqs as 12,40", clip(one)));
    ask.without_events = params.several("without_events", read).into_iter().collect();
    ask.formula = params.word("formula");
    ask
}

/// Returns the result, or the fault in the assumptions.
pub(crate) fn answered(ledger: &Ledger, look: &Look<'_>, id: &str, ask: &WhatIfAsk) -> Result<Box<WhatIf>, Error> {
    match found(ask::what_if(&ledger.past(), &look.asked(), id, ask)?, look, A_CYCLE, id)? {
        WhatIfAnswer::Answered(answer) => Ok(answer),
        WhatIfAnswer::NotOfCycle(strangers) => Err(not_of_cycle(&strangers, id)),
        WhatIfAnswer::NoCycleLeft => Err(no_cycle_left(id)),
    }
}

pub(super) fn not_of_cycle(strangers: &BTreeSet<u64>, id: &str) -> Error {
    let strangers: Vec<String> = strangers.iter().map(u64::to_string).collect();
    let strangers = list_names(strangers.iter().map(String::as_str));
    let says = format!("{strangers} cannot be left out: the cycle `{id}` has no such event");
    Error::invalid("?without_events", "not_of_this_cycle", says)
}

pub(super) fn no_cycle_left(id: &str) -> Error {
    let says = format!("the event that opened the cycle `{id}` cannot be left out");
    Error::invalid("?without_events", "no_cycle_left", says)
}
