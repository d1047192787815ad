//! A cycle under another policy: `what-if?policy=`.

use axum::response::Response;
use events::{PolicyPatch, Violation, parse_json};
use projections::ask::{self, PolicyAsk, UnderPolicyAnswer};

use super::cycles::A_CYCLE;
use crate::ledger::Error;
use crate::request::omissions::{no_cycle_left, not_of_cycle, supposed};
use crate::request::params::whole;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question, found};

/// Returns a cycle as it is and as it would be under another policy: a version of the ledger's, or a partial policy in
/// JSON. Other what-if parameters apply as well.
pub(super) async fn under_policy(mut question: Question) -> Result<Response, Problem> {
    let ask = question.params.read("policy", policy);
    let without = supposed(&mut question.params);
    let id = question.id.clone();
    let calendar = Calendar::Cycle(id.clone());
    question
        .answer(calendar, move |ledger, look| {
            // Never used: a faulty policy is rejected with the other parameters.
            let ask = ask.unwrap_or(PolicyAsk::Version(0));
            let answer = ask::under_policy(&ledger.past(), &look.asked(), &id, &ask, &without)?;
            match found(answer, look, A_CYCLE, &id)? {
                UnderPolicyAnswer::Answered(answer) => Ok(answer),
                UnderPolicyAnswer::NoSuchVersion(last) => {
                    let says = format!("the ledger's last policy is version {last}; 0 is the built-in default");
                    Err(Error::invalid("?policy", "unknown_version", says))
                }
                UnderPolicyAnswer::InvalidRequest(faults) => {
                    Err(Error::invalid("?policy", "wrong_order", faults.join("; ")))
                }
                UnderPolicyAnswer::NotOfCycle(strangers) => Err(not_of_cycle(&strangers, &id)),
                UnderPolicyAnswer::NoCycleLeft => Err(no_cycle_left(&id)),
            }
        })
        .await
}

/// Reads a version, or a partial policy in the form in which one is adopted.
fn policy(text: &str) -> Result<PolicyAsk, String> {
    if let Some(version) = whole(text) {
        let version = u32::try_from(version).map_err(|_| format!("there is no version {text}"))?;
        return Ok(PolicyAsk::Version(version));
    }
    let json = parse_json(text.as_bytes()).map_err(|error| {
        format!("neither a version nor a partial policy in JSON, such as {{\"approval\":\"required\"}}: {error}")
    })?;
    let line_for = |fault: Violation| format!("{}: {}", fault.pointer, fault.message);
    PolicyPatch::of_json(json)
        .map(|part| PolicyAsk::Part(Box::new(part)))
        .map_err(|faults| faults.into_iter().map(line_for).collect::<Vec<_>>().join("; "))
}
