use events::{Fact, Recorded};
use serde_json::{Value, json};

use crate::rows::{ProposalRow, ProposalState, TrailRow, all};
use crate::rules::No;
use crate::rules::given::*;

const REVIEWER: &str = "/people/reviewer";

fn proposed(subject: &str, data: Value) -> Submitted {
    submitted("adjustment.proposed", subject, with(json!({"justification": justification()}), data))
}

/// Returns a proposal to change the target of `paid` to 20.
fn eased() -> Submitted {
    proposed("paid", json!({"changes": {"target": {"to": 20}}})).named("p1")
}

fn approved(subject: &str, proposal: &str) -> Submitted {
    submitted("adjustment.approved", subject, json!({"proposal": proposal})).by(REVIEWER)
}

fn declined(subject: &str, proposal: &str) -> Submitted {
    submitted("adjustment.declined", subject, json!({"proposal": proposal, "note": "too early to tell"})).by(REVIEWER)
}

fn withdrawn(subject: &str, proposal: &str) -> Submitted {
    submitted("adjustment.withdrawn", subject, json!({"proposal": proposal}))
}

fn waiting() -> Given {
    under_way().and(eased())
}

fn state(given: &Given, id: &str) -> ProposalState {
    let all = ProposalRow::all(&given.rows, &ProposalRow::of_cycle("q2")).unwrap();
    all.into_iter().find(|proposal| proposal.event_id.as_str() == id).unwrap().state
}

fn adjustment(event: &Recorded) -> &events::KeyResultAdjusted {
    match &event.fact {
        Fact::KeyResultAdjusted(data) => data,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_approval_records_the_change_beside_itself() {
    let given = waiting().and(check_in("paid", json!({"value": 16, "confidence": 6})));
    let events = given.clone().at("2026-05-06T09:00:00Z").when(approved("paid", "p1").named("a1")).then_recorded();
    let [approval, change] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((approval.seq + 1, change.id.as_str()), (change.seq, "a1#recorded"));
    assert_eq!((change.time, change.recorded_at), (approval.time, approval.recorded_at));
    assert_eq!((change.actor.as_str(), change.source.as_str()), (REVIEWER, REVIEWER));
    let data = adjustment(change);
    assert_eq!(serde_json::to_value(&data.changes).unwrap(), json!({"target": {"from": 22, "to": 20}}));
    assert_eq!(serde_json::to_value(&data.justification).unwrap()["statement"], justification()["statement"]);
    let stamped = serde_json::to_value(&data.approval).unwrap();
    let expected =
        json!({"proposal": "p1", "proposed_by": "/people/tester", "approval": "a1", "approved_by": REVIEWER});
    assert_eq!(stamped, expected);
    // The figures are those at the approval, not at the proposal.
    assert_eq!(serde_json::to_value(context(change)).unwrap()["confidence"], 6);
    assert_eq!(state(&given.and(approved("paid", "p1")), "p1"), ProposalState::Approved);
}

#[test]
fn a_proposal_changes_nothing_but_the_trail_shows_the_proposed_changes() {
    let given = waiting();
    let trail: Vec<TrailRow> = all(&given.rows, &crate::rows::CycleRow::trail("q2")).unwrap();
    let line = trail.last().unwrap();
    assert_eq!((line.changes[0].from.as_str(), line.changes[0].to.as_str()), ("22", "20"));
    assert!(line.context.is_some() && line.justification.is_some());
    assert_eq!(line.proposal.as_ref().map(|id| id.as_str()), Some("p1"));
    // The proposal is an event about the key result, so an older `if_match` fails.
    let seen = given.last() - 1;
    given
        .clone()
        .having_seen(seen)
        .when(adjusted("paid", json!({"target": {"to": 21}})))
        .then_refused(No::Precondition, [("", "if_match")]);
    given.when(adjusted("paid", json!({"target": {"to": 21}}))).then_recorded();
}

#[test]
fn every_kind_of_change_after_the_start_can_be_proposed() {
    let given = under_way();
    let kinds = [
        ("paid", json!({"changes": {"target": {"to": 20}}}), "okr.key_result.adjusted"),
        ("paid", json!({"retire": true, "replaced_by": "cac"}), "okr.key_result.retired"),
        ("trial", json!({"changes": {"title": {"to": "Make the trial a pleasure"}}}), "okr.objective.amended"),
        ("trial", json!({"retire": true}), "okr.objective.retired"),
        ("O-1", json!({"changes": {"weight": {"to": 2}}}), "okr.objective.amended"),
        ("KR-1", json!({"retire": true, "replaced_by": "KR-2"}), "okr.key_result.retired"),
        ("paid", json!({"retire": true, "replaced_by": ["KR-2", "churn"]}), "okr.key_result.retired"),
    ];
    let churn = json!({"objective": "trial", "title": "Fewer leave", "owner": "Ben", "target": 2,
        "metric": {"name": "churn", "unit": "%", "kind": "decrease"}});
    let given = given.and(submitted("key_result.drafted", "churn", churn));
    for (subject, data, kind) in kinds {
        let given = given.clone().and(proposed(subject, data).named("p1"));
        let events = given.when(approved(subject, "p1")).then_recorded();
        let found: Vec<&str> = events.iter().map(|event| event.fact.kind().as_str()).collect();
        assert_eq!(found, ["okr.adjustment.approved", kind]);
        assert!(events[1].fact.approval().is_some());
    }
}

#[test]
fn a_proposal_needs_a_started_cycle_and_fields_of_its_goal() {
    let change = json!({"changes": {"target": {"to": 20}}});
    planned().when(proposed("paid", change.clone())).then_refused(No::Conflict, [("/subject", "cycle_not_started")]);
    closed().when(proposed("paid", change.clone())).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
    let given = under_way();
    given.clone().when(proposed("q2", change.clone())).then_refused(No::Invalid, [("/subject", "wrong_subject")]);
    given.clone().when(proposed("trial", change)).then_refused(No::Invalid, [("/data/changes/target", "out_of_place")]);
    let owner = json!({"changes": {"owner": {"to": "Eve"}}});
    given.when(proposed("paid", owner)).then_refused(No::Invalid, [("/data/changes/owner", "out_of_place")]);
}

#[test]
fn a_proposal_is_checked_when_it_is_made_and_when_it_is_approved() {
    let given = under_way();
    let behind = json!({"changes": {"target": {"to": 12}}, "justification":
        with(justification(), json!({"cause": "execution_shortfall"}))});
    given.clone().when(proposed("paid", behind)).then_refused(
        No::Invalid,
        [("/data/justification/cause", "execution_shortfall"), ("/data/changes/target/to", "wrong_direction")],
    );
    let given = given.and(eased());
    let late = given.clone().at("2026-06-25T09:00:00Z");
    late.clone().when(approved("paid", "p1")).then_warned(["late_adjustment"]);
    // The policy in force at the approval counts.
    let says = late
        .and_rule("late_adjustment", "refuse")
        .when(approved("paid", "p1"))
        .then_refused(No::Invalid, [("/data/proposal", "late_adjustment")]);
    assert!(says[0].ends_with("(refused by policy version 1)"), "{says:?}");
    let closed = given.and(submitted("cycle.closed", "q2", json!({})));
    closed.when(approved("paid", "p1")).then_refused(No::Conflict, [("/data/proposal", "cycle_closed")]);
}

#[test]
fn the_approver_is_neither_the_proposer_nor_the_owner() {
    let given = waiting();
    let approve = |by: &str| given.clone().when(approved("paid", "p1").by(by));
    for proposer in ["/people/tester", "/people/Tester/"] {
        approve(proposer).then_refused(No::Invalid, [("/source", "own_proposal")]);
    }
    let says = approve("/people/ben").then_refused(No::Invalid, [("/source", "owner_approves")]);
    assert_eq!(says, ["Ben owns the goal: someone else must approve the change (refused by the default policy)"]);
    let open = given.clone().and_policy(json!({"owner_may_approve": true}));
    open.clone().when(approved("paid", "p1").by("/people/ben")).then_recorded();
    // Even where owners may approve, a proposer cannot approve their own proposal.
    let own = open.and(proposed("cac", json!({"retire": true})).named("p2").by("/people/ben"));
    own.when(approved("cac", "p2").by("/people/ben")).then_refused(No::Invalid, [("/source", "own_proposal")]);
}

#[test]
fn only_the_proposer_withdraws_and_others_decline() {
    let given = waiting();
    given
        .clone()
        .when(withdrawn("paid", "p1").by(REVIEWER))
        .then_refused(No::Invalid, [("/source", "not_the_proposer")]);
    given
        .clone()
        .when(declined("paid", "p1").by("/people/tester"))
        .then_refused(No::Invalid, [("/source", "own_proposal")]);
    let gone = given.clone().and(withdrawn("paid", "p1"));
    assert_eq!(state(&gone, "p1"), ProposalState::Withdrawn);
    let says = gone.when(approved("paid", "p1")).then_refused(No::Conflict, [("/data/proposal", "not_open")]);
    assert_eq!(says, ["the proposal was already withdrawn by /people/tester (event 9)"]);
    let no = given.and(declined("paid", "p1"));
    assert_eq!(state(&no, "p1"), ProposalState::Declined);
    no.when(withdrawn("paid", "p1")).then_refused(No::Conflict, [("/data/proposal", "not_open")]);
}

#[test]
fn approving_twice_adjusts_once() {
    let twice = waiting().when_all([approved("paid", "p1").named("a1"), approved("paid", "p1").named("a2")]);
    twice.then_refused(No::Conflict, [("/1/data/proposal", "not_open")]);
    let given = waiting().and(approved("paid", "p1"));
    let again = given.when(approved("paid", "p1").by("/people/another"));
    let says = again.then_refused(No::Conflict, [("/data/proposal", "not_open")]);
    assert_eq!(says, ["the proposal was already approved by /people/reviewer (event 9)"]);
}

#[test]
fn a_proposal_overtaken_by_another_change_of_its_fields_is_refused_with_what_changed() {
    let given = waiting();
    let other = given.clone().and(adjusted("paid", json!({"weight": {"to": 2}, "title": {"to": "Another title"}})));
    assert_eq!(state(&other, "p1"), ProposalState::Open, "a change of another field does not overtake");
    other.when(approved("paid", "p1")).then_recorded();

    let there_and_back = given
        .clone()
        .and(adjusted("paid", json!({"target": {"to": 21}})))
        .and(adjusted("paid", json!({"target": {"to": 22}})));
    let says =
        there_and_back.when(approved("paid", "p1")).then_refused(No::Conflict, [("/data/proposal", "overtaken")]);
    assert_eq!(
        says,
        ["the proposal was overtaken: event 9 by /people/tester changed `target` from 22 to 21; propose it again \
             from the current values"]
    );
    // An approved rival proposal overtakes too, and a retirement overtakes everything, even a retirement of the
    // objective.
    let rival = given.clone().and(proposed("paid", json!({"changes": {"target": {"to": 19}}})).named("p2"));
    assert_eq!(state(&rival.and(approved("paid", "p2")), "p1"), ProposalState::Overtaken);
    let retired = submitted("objective.retired", "trial", json!({"justification": justification()}));
    let gone = given.and(retired);
    assert_eq!(state(&gone, "p1"), ProposalState::Overtaken);
    gone.when(approved("paid", "p1")).then_refused(No::Conflict, [("/data/proposal", "overtaken")]);
}

#[test]
fn a_field_proposed_with_its_current_value_counts_as_proposed() {
    let both = proposed("paid", json!({"changes": {"target": {"to": 20}, "title": {"to": "Raise the share who pay"}}}));
    let given = under_way().and(both.named("p1")).and(adjusted("paid", json!({"title": {"to": "Another title"}})));
    given.when(approved("paid", "p1")).then_refused(No::Conflict, [("/data/proposal", "overtaken")]);
}

#[test]
fn where_approval_is_required_changes_after_the_start_need_a_proposal() {
    let required = json!({"approval": "required"});
    let given = under_way().and_policy(required.clone());
    let retire = json!({"justification": justification()});
    let amend = json!({"changes": {"title": {"to": "Make it a pleasure"}}, "justification": justification()});
    for event in [
        adjusted("paid", json!({"target": {"to": 20}})),
        submitted("key_result.retired", "paid", retire.clone()),
        submitted("objective.retired", "trial", retire),
        submitted("objective.amended", "trial", amend),
    ] {
        let says = given.clone().when(event).then_refused(No::Invalid, [("/type", "approval_required")]);
        assert!(says[0].contains("okr.adjustment.proposed") && says[0].ends_with("(refused by policy version 1)"));
    }
    given.clone().and(eased()).when(approved("paid", "p1")).then_recorded();
    // Changes that are not adjustments need no approval.
    given
        .when(submitted("key_result.reassigned", "paid", json!({"owner": "Eve", "reason": "a leave"})))
        .then_recorded();
    planned().and_policy(required).when(adjusted("paid", json!({"target": {"to": 20}}))).then_recorded();
}

#[test]
fn an_approved_change_is_not_the_owners_own_adjustment() {
    let given = under_way().and_rule("own_adjustment", "refuse");
    let by_owner = eased().by("/people/ben");
    let says = given
        .clone()
        .when(adjusted("paid", json!({"target": {"to": 20}})).by("/people/ben"))
        .then_refused(No::Invalid, [("/source", "own_adjustment")]);
    assert!(says[0].contains("propose the change"), "{says:?}");
    given.and(by_owner).when(approved("paid", "p1")).then_recorded();
}

#[test]
fn a_proposal_is_named_by_its_id_and_about_its_own_subject() {
    let given = waiting();
    let unknown = [("/data/proposal", "unknown_proposal")];
    given.clone().when(approved("cac", "p1")).then_refused(No::Invalid, unknown);
    given.clone().when(approved("paid", "nothing")).then_refused(No::Invalid, unknown);
    let early = approved("paid", "p1").at("2026-05-01T09:00:00Z");
    given.clone().when(early).then_refused(No::Invalid, [("/time", "before_proposal")]);
    let long = "x".repeat(250);
    given.clone().when(approved("paid", "p1").named(&long)).then_refused(No::Invalid, [("/id", "id_too_long")]);
    // Another event of the entry cannot use the id of the event recorded for an approval.
    let pair = [approved("paid", "p1").named("a1"), check_in("cac", json!({"value": 900})).named("a1#recorded")];
    given.when_all(pair).then_refused(No::Invalid, [("/1/id", "repeated_id")]);
}

#[test]
fn a_proposal_and_somebody_elses_approval_can_be_one_entry() {
    let events =
        under_way().when_all([eased(), approved("paid", "p1"), check_in("paid", json!({"value": 17}))]).then_recorded();
    let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [8, 9, 10, 11]);
}
