//! The scores of a cycle without some of its events, and the ladder of the cycle as it is.

use axum::response::Response;
use projections::ask::{self, WhatIf, WhatIfAnswer, WhatIfAsk};

use super::cycles::A_CYCLE;
use super::under_policy::under_policy;
use crate::ledger::{Error, Ledger, Look};
use crate::request::omissions::{no_cycle_left, not_of_cycle, supposed};
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

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

/// Returns the result, or the fault in the assumptions.
pub(crate) fn answered(ledger: &Ledger, look: &Look<'_>, id: &str, ask: &WhatIfAsk) -> Result<Box<WhatIf>, Error> {
    match found(ask::what_if(&ledger.past(), &look.asked(), id, ask)?, look, A_CYCLE, id)? {
        WhatIfAnswer::Answered(answer) => Ok(answer),
        WhatIfAnswer::NotOfCycle(strangers) => Err(not_of_cycle(&strangers, id)),
        WhatIfAnswer::NoCycleLeft => Err(no_cycle_left(id)),
    }
}
