use serde_json::{Value, json};

use super::*;
use crate::ask::testing::{Ledger, justification};
use crate::ask::{WhatIf, WhatIfAnswer, what_if};

const NOW: &str = "2026-06-29T12:00:00Z";

/// A quarter in which `cac` was eased near the end, and `paid` through a proposal.
fn eventful() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.note("2026-04-02T09:00:00Z", "policy.adopted", "policy", json!({"cadence": {"days": 60}}));
    ledger.check_in("2026-05-04T09:00:00Z", "cac", json!({"value": 980, "confidence": 6}));
    let asks = json!({"changes": {"target": {"to": 20}}, "justification": justification()});
    ledger.note("2026-05-05T09:00:00Z", "adjustment.proposed", "paid", asks.clone());
    ledger.note("2026-05-06T09:00:00Z", "adjustment.approved", "paid", json!({"proposal": "e10"}));
    ledger.note("2026-05-06T09:00:00Z", "key_result.adjusted", "paid", asks);
    // The approval as the ledger would have recorded it.
    if let Some(Fact::KeyResultAdjusted(data)) = ledger.events.last_mut().map(|event| &mut event.fact) {
        let approval = json!({"proposal": "e10", "proposed_by": "/a", "approval": "e11", "approved_by": "/b"});
        data.approval = serde_json::from_value(approval).unwrap();
    }
    ledger.adjust("2026-06-25T09:00:00Z", "cac", 900);
    ledger.note("2026-06-26T09:00:00Z", "policy.adopted", "policy", json!({"cadence": {"days": 30}}));
    ledger
}

fn asked(ledger: &Ledger, ask: &PolicyAsk) -> UnderPolicyAnswer {
    with(ledger, ask, &WhatIfAsk::default())
}

fn with(ledger: &Ledger, ask: &PolicyAsk, without: &WhatIfAsk) -> UnderPolicyAnswer {
    let rows = ledger.rows(ledger.last());
    under_policy(ledger, &ledger.asked(&rows, ledger.last(), NOW), "q2", ask, without).unwrap().unwrap()
}

fn answered(ledger: &Ledger, ask: &PolicyAsk) -> UnderPolicy {
    match asked(ledger, ask) {
        UnderPolicyAnswer::Answered(answer) => *answer,
        other => panic!("{other:?}"),
    }
}

fn part(part: Value) -> PolicyAsk {
    PolicyAsk::Part(Box::new(PolicyPatch::of_json(&part).unwrap()))
}

fn findings_of(answer: &UnderPolicy) -> Vec<(u64, &str, Severity, bool)> {
    answer.findings.iter().map(|one| (one.seq, one.rule.as_str(), one.severity, one.left_out)).collect()
}

#[test]
fn under_the_policy_in_force_things_are_as_they_are() {
    let ledger = eventful();
    let answer = answered(&ledger, &PolicyAsk::Version(2));
    assert_eq!(serde_json::to_vec(&answer.actual).unwrap(), serde_json::to_vec(&answer.what_if).unwrap());
    assert_eq!((answer.omitted.len(), answer.differences.len()), (0, 0));
    assert_eq!(findings_of(&answer), [(13, "late_adjustment", Severity::Warn, false)]);
    let same = answered(&ledger, &part(json!({})));
    assert_eq!((same.actual, same.what_if, same.policy.version), (answer.actual, answer.what_if, 3));
}

#[test]
fn a_change_that_would_have_been_refused_is_left_out() {
    let answer = answered(&eventful(), &part(json!({"rules": {"late_adjustment": "refuse"}})));
    assert_eq!(findings_of(&answer), [(13, "late_adjustment", Severity::Refuse, true)]);
    assert_eq!(answer.omitted, [13]);
    let difference = serde_json::to_value(&answer.differences).unwrap();
    assert_eq!(
        difference,
        json!([{"key_result": "cac", "ref": "KR-2",
            "actual": {"target": 900, "computed": 0.6, "final": 0.6, "status": "at_risk", "stale": true},
            "what_if": {"target": 800, "computed": 0.4, "final": 0.4, "status": "at_risk", "stale": true}}])
    );
}

#[test]
fn what_was_approved_would_have_been_let_through_where_approval_is_required() {
    let answer = answered(&eventful(), &part(json!({"approval": "required"})));
    let wanted = [(13, "approval_required", Severity::Refuse, true), (13, "late_adjustment", Severity::Warn, true)];
    assert_eq!((findings_of(&answer), &answer.omitted), (wanted.to_vec(), &vec![13]));
}

#[test]
fn with_what_would_have_been_refused_goes_what_rests_on_it() {
    let late = |days: u32| json!({"limits": {"late_adjustment_days": days}, "rules": {"late_adjustment": "refuse"}});
    let answer = answered(&eventful(), &part(late(90)));
    let wanted = [(10, "late_adjustment", Severity::Refuse, true), (13, "late_adjustment", Severity::Refuse, true)];
    assert_eq!((findings_of(&answer), &answer.omitted), (wanted.to_vec(), &vec![10, 11, 12, 13]));
    // The approval of a timely proposal can be too late.
    let answer = answered(&eventful(), &part(late(56)));
    let wanted = [(11, "late_adjustment", Severity::Refuse, true), (13, "late_adjustment", Severity::Refuse, true)];
    assert_eq!((findings_of(&answer), &answer.omitted), (wanted.to_vec(), &vec![11, 12, 13]));
}

#[test]
fn scores_and_statuses_are_those_of_the_policy_also_of_a_closed_cycle() {
    let mut ledger = eventful();
    ledger.note("2026-06-28T09:00:00Z", "cycle.closed", "q2", json!({}));
    let ask = part(json!({"formula": "ratio-1", "confidence": {"on_track": 6}, "cadence": {"days": 90}}));
    let answer = answered(&ledger, &ask);
    let cac = answer.differences.iter().find(|one| one.key_result.as_str() == "cac").unwrap();
    let figures = cac.what_if.unwrap();
    assert_eq!(
        (figures.computed, figures.status, figures.stale),
        (Some("0.9184".parse().unwrap()), Standing::OnTrack, false)
    );
    assert_eq!(cac.actual.unwrap().computed, Some("0.6".parse().unwrap()));
}

#[test]
fn a_draft_or_a_start_that_would_have_been_refused_is_named_and_kept() {
    let ask = part(json!({"limits": {"key_results_min": 3}, "rules": {"key_result_count": "refuse"}}));
    let answer = answered(&eventful(), &ask);
    assert_eq!(findings_of(&answer)[0], (7, "key_result_count", Severity::Refuse, false));
    assert_eq!(answer.what_if.counts.key_results, 2);
}

#[test]
fn a_version_that_never_was_and_figures_without_sense_are_told() {
    let ledger = eventful();
    assert_eq!(asked(&ledger, &PolicyAsk::Version(3)), UnderPolicyAnswer::NoSuchVersion(2));
    assert_eq!(answered(&ledger, &PolicyAsk::Version(1)).policy.cadence.days, 60);
    assert_eq!(answered(&ledger, &PolicyAsk::Version(0)).policy, Policy::default());
    let ask = part(json!({"limits": {"key_results_min": 9}}));
    assert!(matches!(asked(&ledger, &ask), UnderPolicyAnswer::InvalidRequest(says) if says[0].contains("at least 9")));
}

#[test]
fn a_check_in_after_the_days_of_grace_is_left_out() {
    let mut ledger = eventful();
    ledger.check_in("2026-07-04T09:00:00Z", "cac", json!({"value": 900}));
    let late = ledger.check_in("2026-07-06T09:00:00Z", "cac", json!({"value": 850}));
    assert!(answered(&ledger, &PolicyAsk::Version(2)).omitted.is_empty());
    let answer = answered(&ledger, &part(json!({"limits": {"check_in_grace_days": 5}})));
    assert_eq!(answer.omitted, [late]);
    assert_eq!(answer.findings.last().map(|one| one.rule.as_str()), Some("check_in_after_end"));
}

#[test]
fn an_approval_that_is_left_out_takes_the_change_it_recorded_with_it() {
    let ledger = eventful();
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), NOW);
    let without = |seqs: &[u64]| WhatIfAsk { without_events: seqs.iter().copied().collect(), ..WhatIfAsk::default() };
    let answer = |ask: &WhatIfAsk| match what_if(&ledger, &asked, "q2", ask).unwrap().unwrap() {
        WhatIfAnswer::Answered(answer) => *answer,
        other => panic!("{other:?}"),
    };
    let target = |answer: &WhatIf| {
        let paid = answer.differences.iter().find(|one| one.key_result.as_str() == "paid");
        paid.and_then(|one| one.what_if.and_then(|figures| figures.target)).map(|target| target.to_string())
    };
    let unapproved = answer(&without(&[11]));
    assert_eq!(unapproved.omitted, [11, 12]);
    let fell: Vec<(u64, u64)> = unapproved.fell_with.iter().map(|one| (one.seq, one.rests_on)).collect();
    assert_eq!((fell, target(&unapproved).as_deref()), (vec![(12, 11)], Some("22")));
    assert_eq!(unapproved.fell_with[0].says, "the change depends on the approval in event 11");
    // Without the proposal, the approval and the change are gone too; the change alone can be left out by itself.
    assert_eq!(answer(&without(&[10])).omitted, [10, 11, 12]);
    let unchanged = answer(&without(&[12]));
    assert_eq!((unchanged.omitted, unchanged.fell_with), (vec![12], vec![]));
    // The same combined with a policy.
    let supposed = with(&ledger, &PolicyAsk::Version(2), &without(&[11]));
    let UnderPolicyAnswer::Answered(supposed) = supposed else { panic!("{supposed:?}") };
    assert_eq!((&supposed.omitted[..], &supposed.fell_with), (&[11, 12][..], &unapproved.fell_with));
    assert_eq!(supposed.what_if, unapproved.what_if);
}

#[test]
fn omissions_and_another_policy_apply_together() {
    let ledger = eventful();
    let late = part(json!({"rules": {"late_adjustment": "refuse"}}));
    let unapproved = WhatIfAsk { without_events: [11].into(), ..WhatIfAsk::default() };
    let UnderPolicyAnswer::Answered(both) = with(&ledger, &late, &unapproved) else { panic!("it is answered") };
    assert_eq!(both.omitted, [11, 12, 13]);
    let mut targets: Vec<_> =
        both.differences.iter().map(|one| one.what_if.unwrap().target.unwrap().to_string()).collect();
    targets.sort();
    assert_eq!(targets, ["22", "800"]);
    let adjustments = WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() };
    let UnderPolicyAnswer::Answered(kinds) = with(&ledger, &late, &adjustments) else { panic!("it is answered") };
    // Events left out are not checked against any rule.
    assert_eq!((kinds.omitted.as_slice(), kinds.findings.as_slice()), (&[12, 13][..], &[][..]));
    assert_eq!(kinds.what_if, both.what_if);
    let stranger = WhatIfAsk { without_events: [99].into(), ..WhatIfAsk::default() };
    assert_eq!(with(&ledger, &late, &stranger), UnderPolicyAnswer::NotOfCycle([99].into()));
    let unopened = WhatIfAsk { without_events: [1].into(), ..WhatIfAsk::default() };
    assert_eq!(with(&ledger, &late, &unopened), UnderPolicyAnswer::NoCycleLeft);
}
