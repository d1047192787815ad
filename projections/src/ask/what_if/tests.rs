use serde_json::{Value, json};

use super::*;
use crate::ask::board;
use crate::ask::feed;
use crate::ask::testing::{Ledger, justification};

const NOW: &str = "2026-07-10T12:00:00Z";

fn eventful() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.note("2026-04-02T09:00:00Z", "policy.adopted", "policy", json!({"cadence": {"days": 14}}));
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 980, "confidence": 6}));
    ledger.open("other", "2026-05-05T09:00:00Z");
    ledger.adjust("2026-05-19T09:00:00Z", "cac", 900);
    ledger.check_in("2026-05-20T09:00:00Z", "paid", json!({"value": 18, "confidence": 7}));
    ledger.late("2026-05-25T09:00:00Z", "2026-05-11T09:00:00Z", "check_in.recorded", "cac", json!({"value": 960}));
    let retired = json!({"justification": justification()});
    ledger.note("2026-06-01T09:00:00Z", "key_result.retired", "paid", retired);
    ledger
}

fn supposed(ledger: &Ledger, ask: &WhatIfAsk) -> WhatIfAnswer {
    let rows = ledger.rows(ledger.last());
    what_if(ledger, &ledger.asked(&rows, ledger.last(), NOW), "q2", ask).unwrap().unwrap()
}

fn answered(ledger: &Ledger, ask: &WhatIfAsk) -> WhatIf {
    match supposed(ledger, ask) {
        WhatIfAnswer::Answered(answer) => *answer,
        other => panic!("{other:?}"),
    }
}

#[test]
fn leaving_out_nothing_changes_nothing_to_the_byte() {
    let ledger = eventful();
    let answer = answered(&ledger, &WhatIfAsk::default());
    assert_eq!((answer.omitted.len(), answer.differences.len()), (0, 0));
    let bytes = |summary: &BoardSummary| serde_json::to_vec(summary).unwrap();
    assert_eq!(bytes(&answer.actual), bytes(&answer.what_if));
    // The same holds for the whole board behind the summary.
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), NOW);
    let fed = feed(&ledger, &asked, "q2", |_| true).unwrap();
    let whole = BoardAsk::default();
    let (actual, same) = (board(&asked, "q2", &whole).unwrap(), board(&asked.of(&fed), "q2", &whole).unwrap());
    assert_eq!(serde_json::to_vec(&actual).unwrap(), serde_json::to_vec(&same).unwrap());
}

#[test]
fn without_adjustments_the_first_target_stands_and_drafting_is_untouched() {
    let answer = answered(&eventful(), &WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() });
    assert_eq!(answer.omitted.len(), 1);
    let json: Value = serde_json::to_value(&answer.differences).unwrap();
    assert_eq!(
        json,
        json!([{"key_result": "cac",
            "actual": {"computed": 0.7, "final": 0.7, "progress": 0.7, "target": 900},
            "what_if": {"computed": 0.4667, "final": 0.4667, "progress": 0.4667, "target": 800}}])
    );
    assert_eq!(answer.what_if.score, Some("0.4667".parse().unwrap()));
}

#[test]
fn an_event_left_out_takes_along_only_what_hangs_on_it() {
    let ledger = eventful();
    let retired = ledger.last();
    let answer = answered(&ledger, &WhatIfAsk { without_events: [retired].into(), ..WhatIfAsk::default() });
    assert_eq!(answer.differences.len(), 1);
    assert_eq!((answer.differences[0].actual, answer.differences[0].what_if.is_some()), (None, true));
    // Without its draft, check-ins of `cac` have no key result to apply to.
    let draft = ledger.events.iter().find(|event| event.subject.as_str() == "cac").unwrap().seq;
    let answer = answered(&ledger, &WhatIfAsk { without_events: [draft].into(), ..WhatIfAsk::default() });
    assert_eq!(answer.differences[0].what_if, None);
    assert_eq!(answer.what_if.score, None);
}

#[test]
fn a_formula_is_supposed_of_a_closed_cycle_too() {
    let mut ledger = eventful();
    ledger.note("2026-07-01T09:00:00Z", "cycle.closed", "q2", json!({}));
    let answer = answered(&ledger, &WhatIfAsk { formula: Some(Formula::Ratio1), ..WhatIfAsk::default() });
    assert_eq!(answer.actual.computed_score, Some("0.7".parse().unwrap()));
    assert_eq!(answer.what_if.computed_score, Some("0.9375".parse().unwrap()));
}

#[test]
fn events_of_elsewhere_are_named_and_the_opening_cannot_be_left_out() {
    let ledger = eventful();
    let of = |kind: &str, subject: &str| {
        let found =
            ledger.events.iter().find(|event| event.fact.kind().as_str() == kind && event.subject.as_str() == subject);
        found.unwrap().seq
    };
    let (other, policy, own) =
        (of("okr.cycle.opened", "other"), of("okr.policy.adopted", "policy"), of("okr.cycle.opened", "q2"));
    let without = |seqs: &[u64]| WhatIfAsk { without_events: seqs.iter().copied().collect(), ..WhatIfAsk::default() };
    let unrelated = WhatIfAnswer::NotOfCycle([other, 999].into());
    assert_eq!(supposed(&ledger, &without(&[other, policy, own, 999])), unrelated);
    assert_eq!(supposed(&ledger, &without(&[own])), WhatIfAnswer::NoCycleLeft);
    assert_eq!(answered(&ledger, &without(&[policy])).omitted, [policy]);
}

#[test]
fn each_kind_of_change_can_be_left_out_alone_or_with_others() {
    let mut ledger = eventful();
    let slip = ledger.events.iter().rfind(|event| event.subject.as_str() == "cac").unwrap().seq;
    let corrected = json!({"corrects": format!("e{slip}"), "value": 860, "reason": "a slip"});
    ledger.note("2026-06-02T09:00:00Z", "check_in.corrected", "cac", corrected);
    let amended = json!({"changes": {"weight": {"to": 2}}, "justification": justification()});
    ledger.note("2026-06-03T09:00:00Z", "objective.amended", "trial", amended);
    ledger.note("2026-06-29T09:00:00Z", "key_result.scored", "cac", json!({"score": 1, "rationale": "zero hour"}));
    let kinds = |ask: &WhatIfAsk| {
        let of = |seq: &u64| ledger.events[*seq as usize - 1].fact.kind().as_str();
        answered(&ledger, ask).omitted.iter().map(of).collect::<Vec<_>>()
    };
    let none = WhatIfAsk::default();
    let adjusted = ["okr.key_result.adjusted", "okr.objective.amended"];
    assert_eq!(kinds(&WhatIfAsk { without_adjustments: true, ..none.clone() }), adjusted);
    assert_eq!(kinds(&WhatIfAsk { without_retirements: true, ..none.clone() }), ["okr.key_result.retired"]);
    assert_eq!(kinds(&WhatIfAsk { without_corrections: true, ..none.clone() }), ["okr.check_in.corrected"]);
    assert_eq!(kinds(&WhatIfAsk { without_grades: true, ..none.clone() }), ["okr.key_result.scored"]);
    let all = WhatIfAsk {
        without_adjustments: true,
        without_retirements: true,
        without_corrections: true,
        without_grades: true,
        ..none
    };
    assert_eq!(kinds(&all).len(), 5);
}
