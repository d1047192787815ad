use serde_json::json;

use super::*;
use crate::ask::testing::Ledger;

const NOW: &str = "2026-07-10T12:00:00Z";

/// A quarter that turns in week 5: a blocker appears and the target is eased; the blocker is gone in week 7.
fn story() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 15, "confidence": 8}));
    ledger.check_in("2026-04-06T09:10:00Z", "cac", json!({"value": 1080, "confidence": 7}));
    let stuck =
        json!({"value": 15, "confidence": 3, "blockers": ["No backend engineer"], "note": "the API is not there"});
    ledger.check_in("2026-05-04T09:00:00Z", "paid", stuck);
    ledger.adjust("2026-05-05T09:00:00Z", "cac", 900);
    ledger.check_in("2026-05-18T09:00:00Z", "paid", json!({"value": 19, "confidence": 8}));
    ledger.check_in("2026-06-29T09:00:00Z", "cac", json!({"value": 980, "confidence": 4, "blockers": ["Prices"]}));
    ledger.check_in("2026-06-29T09:10:00Z", "paid", json!({"value": 21, "confidence": 9}));
    ledger.note("2026-06-30T09:00:00Z", "key_result.scored", "paid", json!({"score": 1.0, "rationale": "as good as"}));
    ledger.note("2026-07-01T09:00:00Z", "retrospective.recorded", "q2", json!({"learnings": ["ask in week three"]}));
    ledger.note("2026-07-02T09:00:00Z", "cycle.closed", "q2", json!({"note": "a good one"}));
    ledger
}

fn answer(ledger: &Ledger) -> Retrospective {
    let rows = ledger.rows(ledger.last());
    retrospective(ledger, &ledger.asked(&rows, ledger.last(), NOW), "q2").unwrap().unwrap()
}

#[test]
fn the_story_tells_what_happened_week_by_week_and_what_that_moved() {
    let story = answer(&story());
    assert_eq!(
        story.says,
        [
            "“q2”: score 0.80 (strong), computed 0.74.",
            "Of 1 objective, 0 reached the expected score.",
            "1 adjustment in mid-cycle; 2 blockers, 1 of them unresolved.",
        ]
    );
    let weeks = story.timeline.unwrap();
    // Planning, thirteen weeks, and the time after the end.
    assert_eq!(weeks.len(), 15);
    let fifth = &weeks[5];
    assert_eq!((fifth.from.to_string().as_str(), fifth.to.to_string().as_str()), ("2026-04-29", "2026-05-05"));
    let says: Vec<&str> = fifth.says.iter().map(|saying| saying.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "KR-2 “Key result cac”: target 800 → 900 USD, eased, external change: Advertising prices rose for everyone in May.",
            "1 check-in on 1 key result."
        ]
    );
    assert_eq!(
        fifth.moved,
        [
            "The cycle: score rose from 0.10 to 0.11; confidence fell from 7.5 to 5.",
            "O-1 “Objective trial”: score rose from 0.10 to 0.11; confidence fell from 7.5 to 5."
        ]
    );
    let last: Vec<&str> = weeks[14].says.iter().map(|saying| saying.says.as_str()).collect();
    assert_eq!(last, ["retrospective held; learnt: ask in week three.", "cycle closed: a good one."]);
}

#[test]
fn where_it_turned_stands_with_what_happened_around() {
    let story = answer(&story());
    let turns: Vec<&str> = story.turns.iter().map(|turn| turn.says.as_str()).collect();
    assert_eq!(
        turns,
        [
            "O-1 “Objective trial”: score rose from 0.36 to 0.80 in the week to 2026-06-30.",
            "O-1 “Objective trial”: confidence fell from 7.5 to 5 in the week to 2026-05-05.",
            "O-1 “Objective trial”: score rose from 0.11 to 0.36 in the week to 2026-05-19.",
            "O-1 “Objective trial”: confidence rose from 5 to 7.5 in the week to 2026-05-19.",
            "O-1 “Objective trial”: confidence fell from 7.5 to 6.5 in the week to 2026-06-30.",
        ]
    );
    assert_eq!(
        story.turns[1].around,
        [
            "KR-2 “Key result cac”: target 800 → 900 USD, eased, external change: Advertising prices rose for everyone in May.",
            "KR-1 on 2026-05-04: checked in, 15 %, confidence 3, blocked by: No backend engineer, “the API is not there”."
        ]
    );
}

#[test]
fn blockers_stand_until_a_check_in_no_longer_names_them() {
    let story = answer(&story());
    let says: Vec<&str> = story.blockers.iter().map(|one| one.says.as_str()).collect();
    assert_eq!(
        says,
        [
            "KR-1 “Key result paid”: “No backend engineer” lasted 14 days, from 2026-05-04 to 2026-05-18.",
            "KR-2 “Key result cac”: “Prices” has lasted 1 day, since 2026-06-29.",
        ]
    );
}

#[test]
fn each_goal_is_held_against_what_was_expected_with_what_the_method_does() {
    let mut ledger = story();
    let story = answer(&ledger);
    let said = |grade: &GoalGrade| format!("{} {}", grade.says, grade.response.as_deref().unwrap_or_default());
    let says: Vec<String> = story.grades.iter().map(said).collect();
    assert_eq!(
        says,
        [
            "O-1 “Objective trial”: 0.80 where 1.00 was expected (committed), strong. The right ambition: understand what \
             worked. It was committed: discuss why the promise was not kept.",
            "KR-1 “Key result paid”: 1.00 where 1.00 was expected (committed), too easy. Outperformed, or too \
             conservative: celebrate, and aim higher.",
            "KR-2 “Key result cac”: 0.60 where 1.00 was expected (committed), meaningful. Meaningful, but missed: find \
             out what blocked it. It was committed: discuss why the promise was not kept.",
        ]
    );
    assert_eq!(story.adjustments.len(), 1);
    assert_eq!(story.learnt[0].said.learnings[0].as_str(), "ask in week three");
    assert_eq!(story.to_carry_over.len(), 1);

    ledger.open("q3", "2026-07-03T09:00:00Z");
    ledger.objective("q3", "trial-on", "2026-07-03T10:00:00Z");
    let data = json!({"to_cycle": "q3", "new_id": "trial-on"});
    ledger.note("2026-07-03T11:00:00Z", "objective.carried_over", "trial", data);
    let story = answer(&ledger);
    assert_eq!((story.to_carry_over.len(), story.carried_over.len()), (0, 1));
    assert_eq!(story.carried_over[0].says, "O-1 “Objective trial” continues as trial-on in q3.");
}

#[test]
fn the_responses_are_those_of_the_method_for_each_band() {
    for (score, wanted) in [
        ("1", "Outperformed"),
        ("0.95", "Outperformed"),
        ("0.94", "The right ambition"),
        ("0.65", "The right ambition"),
        ("0.64", "Meaningful"),
        ("0.45", "Meaningful"),
        ("0.44", "Limited"),
        ("0.25", "Limited"),
        ("0.24", "Little"),
        ("0", "Little"),
    ] {
        let mut ledger = Ledger::quarter();
        let data = json!({"score": score.parse::<f64>().unwrap(), "rationale": "so it is"});
        ledger.note("2026-06-30T09:00:00Z", "objective.scored", "trial", data);
        let says = answer(&ledger).grades[0].response.clone().unwrap();
        assert!(says.starts_with(wanted), "{score}: {says}");
    }
}
