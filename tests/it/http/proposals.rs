//! Proposed changes of goals, their approval and rejection.

use std::sync::Arc;

use axum::http::StatusCode;
use events::Submission;
use insta::assert_snapshot;
use okr_ledger::ledger::Error;
use okr_ledger::writer::Outcome;
use projections::rules::Proposal;
use serde_json::{Value, json};

use crate::house::{EVENTS, House, event, justification, with};

const PROPOSALS: &str = "/v1/ledgers/acme/cycles/q2/proposals";

/// Ada proposes to ease the target of `cac`, as event `p1`.
fn proposed() -> Value {
    let data = json!({"changes": {"target": {"to": 800}}, "justification": justification()});
    with(event("okr.adjustment.proposed", "cac", data), json!({"id": "p1"}))
}

fn approved(id: &str) -> Value {
    let word = event("okr.adjustment.approved", "cac", json!({"proposal": "p1", "note": "agreed in the review"}));
    with(word, json!({"id": id, "source": "/people/eve"}))
}

fn adjusted(id: &str, target: u32) -> Value {
    let data = json!({"changes": {"target": {"to": target}}, "justification": justification()});
    with(event("okr.key_result.adjusted", "cac", data), json!({"id": id}))
}

async fn last_seq(house: &House) -> u64 {
    house.get(&format!("{EVENTS}?limit=1000")).await.json()["events"].as_array().unwrap().len() as u64
}

#[tokio::test]
async fn an_approval_is_answered_with_both_events_and_a_retry_with_the_same() {
    let house = House::quarter().await;
    assert_eq!(house.record(&proposed()).await["last_seq"], 9);
    let tried = house
        .post_with(
            &format!("{EVENTS}?dry_run=true"),
            &[("content-type", "application/json")],
            approved("a1").to_string().into_bytes(),
        )
        .await;
    assert_eq!((tried.status, last_seq(&house).await), (StatusCode::OK, 9));
    let first = house.post(&approved("a1")).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(first.text(), tried.text());
    assert_snapshot!(first.json(), @r#"{"events":[{"id":"a1","ref":null,"seq":10,"subject":"cac","type":"okr.adjustment.approved"},{"id":"a1#recorded","ref":null,"seq":11,"subject":"cac","type":"okr.key_result.adjusted"}],"first_seq":10,"incarnation":"aaaaaaaaab","last_seq":11,"ledger":"acme","recorded_at":"2026-05-04T12:00:00.000001Z","warnings":[]}"#);
    let again = house.post(&approved("a1")).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"));
    assert_eq!(again.text(), first.text());
    // The derived change cannot be retried separately, nor can its id be reused.
    assert_snapshot!(house.refused(&adjusted("a1#recorded", 800)).await, @r"
    409 conflict (Conflict with the current state)
    [/id] id_reused: the id `a1#recorded` belongs to event 11, in an entry with other content: a retry must repeat its entry exactly, and a new event needs a new id
    ");
    assert_snapshot!(house.get(&format!("{EVENTS}/11")).await.json(), @r#"{"actor":"/people/eve","data":{"approval":{"approval":"a1","approved_by":"/people/eve","proposal":"p1","proposed_by":"/people/ada"},"changes":{"target":{"from":750,"to":800}},"context":{"computed_score":null,"confidence":null,"days_left":57,"elapsed":0.369,"pace_gap":null,"policy_version":0,"progress":null},"justification":{"cause":"external_change","circumstances":"the auction prices rose by a third","preserves_objective":true,"statement":"advertising has become dearer everywhere"}},"id":"a1#recorded","recordedtime":"2026-05-04T12:00:00.000001Z","seq":11,"source":"/people/eve","specversion":"1.0","subject":"cac","time":"2026-05-04T12:00:00.000001Z","type":"okr.key_result.adjusted"}"#);
    assert_eq!(last_seq(&house).await, 11);
}

#[tokio::test]
async fn if_match_goes_for_proposals_and_for_words_on_them() {
    let house = House::quarter().await;
    house.record(&proposed()).await;
    let approve = async |seen: &str| {
        let headers = [("content-type", "application/json"), ("if-match", seen)];
        house.post_with(EVENTS, &headers, approved("a1").to_string().into_bytes()).await
    };
    assert_snapshot!(approve("\"7\"").await.problem(), @r"
    412 precondition-failed (Precondition failed)
    [] if_match: the last event about `cac` is 9, not 7: read it again before you change it
    ");
    assert_eq!(approve("\"9\"").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn proposals_are_seen_where_their_goals_are_and_by_what_became_of_them() {
    let house = House::quarter().await;
    house.record(&proposed()).await;
    let of_goal = house.get("/v1/ledgers/acme/key-results/cac").await.json()["proposals"].clone();
    assert_eq!(of_goal[0]["summary"], "target 750 → 800 USD, eased");
    let reasons = house.get("/v1/ledgers/acme/cycles/q2/attention").await.json();
    let of_cac = &reasons["objectives"][0]["key_results"][1]["reasons"];
    let says = "/people/ada proposed on 2026-05-04, and no one has responded yet: target 750 → 800 USD, eased.";
    assert_eq!((&of_cac[1]["reason"], &of_cac[1]["says"]), (&json!("proposal_waiting"), &json!(says)), "{reasons}");
    assert_snapshot!(house.get(PROPOSALS).await.json(), @r#"{"as_of":{"recorded_at":"2026-05-04T12:00:00Z","seq":9},"cycle":"q2","ledger":"acme","proposals":[{"change_seq":null,"changes":[{"field":"target","from":750,"to":800}],"context":{"computed_score":null,"confidence":null,"days_left":57,"elapsed":0.369,"pace_gap":null,"policy_version":0,"progress":null},"decision":null,"event_id":"p1","justification":{"cause":"external_change","circumstances":"the auction prices rose by a third","preserves_objective":true,"statement":"advertising has become dearer everywhere"},"overtaken_by":[],"owner":"Ben","proposed_by":"/people/ada","recorded_at":"2026-05-04T12:00:00Z","ref":"KR-2","seq":9,"state":"open","subject":"cac","summary":"target 750 → 800 USD, eased","time":"2026-05-04T12:00:00Z","title":"More from cac"}]}"#);
    house.record(&approved("a1")).await;
    let states = async |query: &str| {
        let answer = house.get(&format!("{PROPOSALS}{query}")).await.json();
        answer["proposals"].as_array().unwrap().iter().map(|one| one["state"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(states("").await, ["approved"]);
    assert_eq!(states("?state=approved").await, ["approved"]);
    assert_eq!(states("?state=open").await, [""; 0]);
    assert_eq!(states("?state=open&as_of=9").await, ["open"]);
    assert_eq!(house.get("/v1/ledgers/acme/key-results/cac").await.json()["proposals"], json!([]));
    assert_snapshot!(house.get(&format!("{PROPOSALS}?state=pending")).await.problem(), @r"
    422 invalid (Not valid)
    [?state] unreadable: `state`: `pending` is not one of open, approved, declined, withdrawn, overtaken
    ");
    let audit = house.get("/v1/ledgers/acme/key-results/cac/audit").await.json();
    let told: Vec<&str> =
        audit["trail"].as_array().unwrap().iter().skip(2).map(|item| item["summary"].as_str().unwrap()).collect();
    assert_snapshot!(told.join("\n"), @r"
    proposed: target 750 → 800 USD, eased, 57 days left, external change: advertising has become dearer everywhere
    proposal approved: agreed in the review
    target 750 → 800 USD, eased, 57 days left, external change: advertising has become dearer everywhere, approved by /people/eve
    ");
}

#[tokio::test]
async fn the_change_of_an_approval_is_left_out_of_a_what_if_like_any() {
    let house = House::quarter().await;
    house.record(&proposed()).await;
    house.record(&approved("a1")).await;
    let answer = house.get("/v1/ledgers/acme/cycles/q2/what-if?without=adjustments").await.json();
    assert_eq!(answer["omitted"], json!([11]));
    assert_eq!(answer["differences"][0]["what_if"]["target"], 750);
}

#[tokio::test]
async fn where_approval_is_required_the_refusal_says_how_to_propose() {
    let house = House::quarter().await;
    house.record(&event("okr.policy.adopted", "policy", json!({"approval": "required"}))).await;
    assert_snapshot!(house.refused(&adjusted("d1", 800)).await, @r"
    422 invalid (Not valid)
    [/type] approval_required: after the cycle's start, a change to a goal needs someone else's approval: propose it (okr.adjustment.proposed, with the same `changes` and the same `justification`) (refused by policy version 1)
    ");
    house.record(&proposed()).await;
    assert_snapshot!(house.refused(&with(approved("a1"), json!({"source": "/people/Ada"}))).await, @r"
    422 invalid (Not valid)
    [/source] own_proposal: /people/ada made this proposal: someone else must approve it
    ");
    assert_snapshot!(house.refused(&with(approved("a1"), json!({"source": "/people/ben"}))).await, @r"
    422 invalid (Not valid)
    [/source] owner_approves: Ben owns the goal: someone else must approve the change (refused by policy version 1)
    ");
    house.record(&approved("a1")).await;
    let policy = house.get("/v1/ledgers/acme/policy").await.json();
    assert_snapshot!(policy["approval"], @r#"{"approval":"required","does":"After the start of a cycle, goals change only through proposals, which anyone except the proposer and the goal's owner may approve.","owner_may_approve":false,"reason":"The three questions (what changed outside, is it because we are behind, does it preserve the objective) are answered more honestly when someone else reads the answers before the goal changes."}"#);
    assert_snapshot!(policy["rules"][10], @r#"{"does":"A change to a goal with fewer than 14 days of its cycle left, or after its end, is recorded with a warning.","figures":{"limits.late_adjustment_days":14},"reason":"A change near the end moves the goal to where the value already is. Score the goal unchanged, and learn from the result.","rule":"late_adjustment","severity":"warn"}"#);
}

#[tokio::test]
async fn a_cycle_is_replayed_under_another_policy() {
    let house = House::quarter().await;
    house.record(&adjusted("d1", 800)).await;
    let asked = async |query: &str| house.get(&format!("/v1/ledgers/acme/cycles/q2/what-if?{query}")).await;
    // {"approval":"required"}
    let answer = asked("policy=%7B%22approval%22%3A%22required%22%7D").await.json();
    assert_eq!(answer["omitted"], json!([9]));
    assert_snapshot!(answer["findings"], @r#"[{"event_id":"d1","left_out":true,"rule":"approval_required","says":"after the cycle's start, a change to a goal needs someone else's approval: propose it (okr.adjustment.proposed, with the same `changes` and the same `justification`)","seq":9,"severity":"refuse","subject":"cac","time":"2026-05-04T12:00:00Z","type":"okr.key_result.adjusted"}]"#);
    assert_eq!(answer["differences"][0]["what_if"]["target"], 750);
    let same = asked("policy=0").await.json();
    assert_eq!((&same["omitted"], &same["actual"]), (&json!([]), &same["what_if"]));
    assert_eq!(same["findings"], json!([]));
    assert_snapshot!(asked("policy=1").await.problem(), @r"
    422 invalid (Not valid)
    [?policy] unknown_version: the ledger's last policy is version 0; 0 is the built-in default
    ");
    assert_snapshot!(asked("policy=strict&without=adjustments").await.problem(), @r#"
    422 invalid (Not valid)
    [?policy] unreadable: `policy`: neither a version nor a partial policy in JSON, such as {"approval":"required"}: the body is not JSON: expected value at line 1 column 1
    "#);
    // A policy can be combined with omissions.
    let both = asked("policy=0&without=adjustments").await.json();
    assert_eq!((&both["omitted"], &both["what_if"]), (&json!([9]), &asked("without_events=9").await.json()["what_if"]));
    assert_snapshot!(asked("policy=%7B%22limits%22:%7B%22key_results_min%22:9%7D%7D").await.problem(), @r"
    422 invalid (Not valid)
    [?policy] wrong_order: `limits`: at least 9 and at most 5 key results contradict each other: the minimum must not exceed the maximum
    ");
    assert_snapshot!(asked("policy=%7B%22approval%22:%22yes%22,%22x%22:1%7D").await.problem(), @r"
    422 invalid (Not valid)
    [?policy] unreadable: `policy`: /approval: `yes` is not one of off, required; /x: `x` is not a field of this object (known: approval, bands, cadence, confidence, expectations, formula, limits, output_words, owner_may_approve, pace and 1 more)
    ");
}

#[tokio::test]
async fn an_overtaken_proposal_is_refused_with_what_changed() {
    let house = House::quarter().await;
    house.record(&proposed()).await;
    house.record(&adjusted("d1", 790)).await;
    assert_snapshot!(house.refused(&approved("a1")).await, @r"
    409 conflict (Conflict with the current state)
    [/data/proposal] overtaken: the proposal was overtaken: event 10 by /people/ada changed `target` from 750 to 790; propose it again from the current values
    ");
    let states = house.get(&format!("{PROPOSALS}?state=overtaken")).await.json();
    assert_snapshot!(states["proposals"][0]["overtaken_by"], @r#"[{"by":"/people/ada","change":{"field":"target","from":750,"to":790},"seq":10}]"#);
}

#[tokio::test]
async fn an_id_that_is_taken_cannot_be_that_of_the_change() {
    let house = House::quarter().await;
    house.record(&proposed()).await;
    house
        .record(&with(event("okr.check_in.recorded", "trials", json!({"value": 14})), json!({"id": "a1#recorded"})))
        .await;
    assert_snapshot!(house.refused(&approved("a1")).await, @r"
    409 conflict (Conflict with the current state)
    [/id] id_taken: the change would be recorded as `a1#recorded`, an id that is already used: give the approval another id
    ");
    house.record(&approved("a2")).await;
}

/// Records an event through the writer, on one of many threads.
async fn submitted(house: &House, event: &Value, if_match: Option<u64>) -> Result<Outcome, Error> {
    let submissions = vec![Submission::read(event, "").unwrap()];
    house.ledgers.ledger("acme").unwrap().record(Proposal { submissions, is_list: false, if_match }).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_many_who_approve_at_once_one_does_it() {
    for _ in 0..5 {
        let house = Arc::new(House::quarter().await);
        house.record(&proposed()).await;
        let approving = (0..64).map(|n| {
            let house = Arc::clone(&house);
            // Some of them are retries of each other.
            tokio::spawn(async move { submitted(&house, &approved(&format!("a{}", n % 16)), None).await })
        });
        let (mut recorded, mut replayed, mut refused) = (0, 0, 0);
        for answer in approving.collect::<Vec<_>>() {
            match answer.await.unwrap() {
                Ok(Outcome::Recorded(receipt)) => recorded += receipt.events.len(),
                Ok(_) => replayed += 1,
                Err(Error::Refused(refusal)) => {
                    assert_eq!(refusal.violations[0].rule, "not_open");
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((recorded, replayed, refused), (2, 3, 60));
        let key_result = house.get("/v1/ledgers/acme/key-results/cac").await.json();
        assert_eq!((&key_result["adjustments"], &key_result["target"]), (&json!(1), &json!(800)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn an_approval_and_direct_changes_at_once_have_one_winner() {
    let mut winners = [0, 0];
    for round in 0..20 {
        let house = Arc::new(House::quarter().await);
        let seen = house.record(&proposed()).await["last_seq"].as_u64();
        // A direct change that has seen the proposal, and nothing after it.
        let racing = (0..24).map(|n| {
            let house = Arc::clone(&house);
            tokio::spawn(async move {
                match (n + round) % 3 {
                    0 => submitted(&house, &approved(&format!("a{n}")), None).await,
                    1 => submitted(&house, &adjusted(&format!("d{n}"), 760 + n), seen).await,
                    _ => submitted(&house, &adjusted(&format!("d{n}"), 800), seen).await,
                }
            })
        });
        let mut won = Vec::new();
        for answer in racing.collect::<Vec<_>>() {
            match answer.await.unwrap() {
                Ok(Outcome::Recorded(receipt)) => won.push(receipt.events.len()),
                Ok(other) => panic!("{other:?}"),
                Err(Error::Refused(refusal)) => {
                    let rule = refusal.violations[0].rule.as_str();
                    assert!(["not_open", "overtaken", "if_match"].contains(&rule), "{rule}");
                }
                Err(other) => panic!("{other}"),
            }
        }
        let [events] = won.as_slice() else { panic!("winners: {won:?}") };
        winners[events - 1] += 1;
        assert_eq!(house.get("/v1/ledgers/acme/key-results/cac").await.json()["adjustments"], 1);
    }
    assert_eq!(winners.iter().sum::<u32>(), 20);
}

/// An approval and an event with the id of its change arrive at once: one of the two gets the id, and the ledger
/// continues.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn an_id_wanted_by_two_at_once_goes_to_one() {
    let house = Arc::new(House::quarter().await);
    house.record(&proposed()).await;
    let racing = (0..60).map(|n| {
        let house = Arc::clone(&house);
        let id = format!("a{}", n / 2 % 10);
        let taking = with(
            event("okr.check_in.recorded", "trials", json!({"value": n})),
            json!({"id": format!("{id}#recorded")}),
        );
        let event = if n % 2 == 0 { taking } else { approved(&id) };
        tokio::spawn(async move { submitted(&house, &event, None).await })
    });
    for answer in racing.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(_) => {}
            Err(Error::Refused(refusal)) => {
                let rule = refusal.violations[0].rule.as_str();
                assert!(["not_open", "id_taken", "id_reused"].contains(&rule), "{rule}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    house.record(&event("okr.check_in.recorded", "trials", json!({"note": "the ledger goes on"}))).await;
    let events = house.get(&format!("{EVENTS}?limit=1000")).await.json();
    let ids: Vec<&str> =
        events["events"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap()).collect();
    let mut once = ids.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(ids.len(), once.len());
}
