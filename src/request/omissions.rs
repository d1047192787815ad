//! The events that a what-if leaves out, as query parameters.

use std::collections::BTreeSet;

use events::{clip, list_names};
use projections::ask::WhatIfAsk;

use super::params::{Params, whole};
use crate::ledger::Error;

/// The kinds of events that can be left out.
const KINDS: &str = "adjustments, retirements, corrections and grades";

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

pub(crate) fn not_of_cycle(strangers: &BTreeSet<u64>, id: &str) -> Error {
    let strangers: Vec<String> = strangers.iter().map(u64::to_string).collect();
    let strangers = list_names(strangers.iter().map(String::as_str));
    let says = format!("{strangers} cannot be left out: the cycle `{id}` has no such event");
    Error::invalid("?without_events", "not_of_this_cycle", says)
}

pub(crate) fn no_cycle_left(id: &str) -> Error {
    let says = format!("the event that opened the cycle `{id}` cannot be left out");
    Error::invalid("?without_events", "no_cycle_left", says)
}
