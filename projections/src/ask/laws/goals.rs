//! Laws about figures derived from the trail, over random histories with every kind of change.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::json;

use super::comes_back;
use crate::ask::testing::{Ledger, justification, moment};
use crate::ask::*;
use events::{Moment, Number};

const NOW: &str = "2026-08-01T00:00:00Z";

/// An event: hours after the previous one, its kind, the goal, and a figure.
type Action = (u32, u8, usize, u32);

fn actions() -> impl Strategy<Value = Vec<Action>> {
    prop::collection::vec((0..96u32, 0..20u8, 0..6usize, 0..40u32), 1..40)
}

/// Returns a ledger with two objectives of three key results each, in progress, and random events. `n` makes every
/// figure unique, so no change is made twice.
fn ledger(actions: &[Action], drafts_later: bool) -> Ledger {
    let mut ledger = Ledger::new();
    ledger.open("q2", "2026-03-20T09:00:00Z");
    for (objective, key_results) in [("trial", ["a", "b", "c"]), ("growth", ["d", "e", "f"])] {
        ledger.objective("q2", objective, "2026-03-21T09:00:00Z");
        for (id, kind) in key_results.into_iter().zip(["increase", "decrease", "at_least"]) {
            let way = if kind == "decrease" { (50, 10) } else { (10, 50) };
            ledger.key_result(objective, id, (kind, "USD"), way, "2026-03-22T09:00:00Z");
        }
    }
    ledger.note("2026-04-01T07:00:00Z", "cycle.started", "q2", json!({}));
    let mut now = moment("2026-04-02T09:00:00Z").utc();
    let mut retired = std::collections::BTreeSet::new();
    for (n, (hours, what, goal, figure)) in actions.iter().enumerate() {
        now += chrono::TimeDelta::hours(i64::from(*hours));
        let time = Moment::from(now).to_string();
        let key_result = ["a", "b", "c", "d", "e", "f"][*goal];
        let objective = ["trial", "growth"][goal % 2];
        let own = format!("{figure}.{:03}", n + 1).parse::<Number>().unwrap();
        let adjusted = |changes| json!({"changes": changes, "justification": justification()});
        let (kind, subject, data) = match what {
            0..=6 => ("check_in.recorded", key_result, json!({"value": figure, "confidence": figure % 11})),
            7 => ("key_result.adjusted", key_result, adjusted(json!({"target": {"to": own}}))),
            8 => {
                ("key_result.adjusted", key_result, adjusted(json!({"baseline": {"to": own}, "weight": {"to": n + 1}})))
            }
            9 => ("key_result.adjusted", key_result, adjusted(json!({"title": {"to": format!("Title {n}")}}))),
            10 => {
                let thresholds = json!({"0.5": 20 + n, "1.0": 80 + n});
                ("key_result.adjusted", key_result, adjusted(json!({"thresholds": {"to": thresholds}})))
            }
            11 => ("objective.amended", objective, adjusted(json!({"weight": {"to": n + 2}}))),
            12 => ("key_result.scored", key_result, json!({"score": figure % 2, "rationale": "we decided so"})),
            13 => ("objective.scored", objective, json!({"score": 0.4, "rationale": "we decided so"})),
            // The rules reject retiring a goal twice.
            14 | 15 if retired.contains(&(*what, *goal)) => continue,
            14 => ("key_result.retired", key_result, json!({"justification": justification()})),
            15 if *goal == 0 => ("objective.retired", objective, json!({"justification": justification()})),
            16 => {
                let formula = if figure % 2 == 0 { "linear-1" } else { "ratio-1" };
                ("policy.adopted", "policy", json!({"formula": formula}))
            }
            17 if drafts_later => {
                let id = format!("later{n}");
                ledger.key_result(objective, &id, ("increase", "USD"), (0, figure + 1), &time);
                ledger.check_in(&time, &id, json!({"value": figure / 2}));
                continue;
            }
            18 => match corrected(&ledger, key_result) {
                Some(corrects) => {
                    let data = json!({"corrects": corrects, "value": figure, "reason": "a slip"});
                    ("check_in.corrected", key_result, data)
                }
                None => continue,
            },
            19 if *figure > 30 => {
                ledger.note(&time, "cycle.closed", "q2", json!({}));
                ("cycle.reopened", "q2", json!({"reason": "a figure came late"}))
            }
            _ => ("key_result.reassigned", key_result, json!({"owner": format!("Owner {n}"), "reason": "a move"})),
        };
        ledger.note(&time, kind, subject, data);
        retired.insert((*what, *goal));
    }
    ledger
}

fn corrected(ledger: &Ledger, key_result: &str) -> Option<events::EventId> {
    let stated = ledger
        .events
        .iter()
        .rev()
        .find(|event| event.subject.as_str() == key_result && event.fact.kind() == events::Kind::CheckInRecorded);
    stated.map(|event| event.id.clone())
}

fn sum(parts: impl Iterator<Item = Option<Number>>) -> Option<Decimal> {
    parts.flatten().map(Number::decimal).reduce(|one, other| one + other)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_ladder_ends_at_the_board_and_begins_where_nothing_was_moved(actions in actions()) {
        let ledger = ledger(&actions, false);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let ladder = ladder(&asked, "q2").unwrap().unwrap();
        let board = board(&asked, "q2", &BoardAsk::default()).unwrap().unwrap();
        prop_assert_eq!((ladder.cycle.final_wording, ladder.cycle.as_graded), (board.computed_score, board.score));
        for (rung, line) in ladder.objectives.iter().zip(&board.objectives) {
            prop_assert_eq!((rung.rungs.final_wording, rung.rungs.as_graded), (line.computed_score, line.score));
            for (rung, line) in rung.key_results.iter().zip(&line.key_results) {
                prop_assert_eq!((rung.rungs.final_wording, rung.rungs.as_graded), (line.score.computed, line.score.last));
            }
        }
        // The ladder walks the trail backwards; folding the events without those changes must agree.
        let ask = WhatIfAsk { without_adjustments: true, without_retirements: true, ..WhatIfAsk::default() };
        let WhatIfAnswer::Answered(without) = what_if(&ledger, &asked, "q2", &ask).unwrap().unwrap() else { panic!() };
        prop_assert_eq!(ladder.cycle.original, without.what_if.computed_score);
        for (rung, line) in ladder.objectives.iter().zip(&without.what_if.objectives) {
            prop_assert_eq!(rung.rungs.original, line.computed_score);
        }
        prop_assert_eq!(&without.ladder, &ladder);
        comes_back(&ladder);
    }

    #[test]
    fn what_an_audit_says_of_a_score_without_a_change_is_what_the_fold_makes_of_it(actions in actions()) {
        let ledger = ledger(&actions, true);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let audit = audit_cycle(&asked, "q2").unwrap().unwrap();
        for item in &audit.trail {
            let Some(without) = item.without else { continue };
            let ask = WhatIfAsk { without_events: [item.seq].into(), ..WhatIfAsk::default() };
            let WhatIfAnswer::Answered(answer) = what_if(&ledger, &asked, "q2", &ask).unwrap().unwrap() else { panic!() };
            let cycle = without.cycle.unwrap();
            prop_assert_eq!((cycle.score, cycle.computed_score), (answer.actual.score, answer.actual.computed_score));
            let supposed = (answer.what_if.score, answer.what_if.computed_score);
            prop_assert_eq!((cycle.score_without, cycle.computed_score_without), supposed, "{}", item.summary);
        }
        comes_back(&audit);
    }

    #[test]
    fn the_steps_of_a_lineage_add_up_to_the_score_and_show_every_board_on_the_way(actions in actions()) {
        let ledger = ledger(&actions, true);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let of_cycle = lineage_of_cycle(&ledger, &asked, "q2", StepsAsk::ALL).unwrap().unwrap();
        let adds_up = |lineage: &Lineage, seq: u64| {
            let moves = lineage.steps.iter().filter(|step| step.seq <= seq).flat_map(|step| &step.moves);
            moves.filter(|one| one.id == lineage.subject).map(|one| one.by.decimal()).sum::<Decimal>()
        };
        let or_zero = |score: Option<Number>| score.map_or(Decimal::ZERO, Number::decimal);
        for seq in [20, ledger.last() / 2, ledger.last() - 1, ledger.last()] {
            let rows = ledger.rows(seq);
            let then = board(&ledger.asked(&rows, seq, NOW), "q2", &BoardAsk::default()).unwrap().unwrap();
            prop_assert_eq!(adds_up(&of_cycle, seq), or_zero(then.score), "the cycle as of {}", seq);
            for objective in &then.objectives {
                let lineage = lineage_of_objective(&ledger, &asked, objective.id.as_str(), StepsAsk::ALL).unwrap().unwrap();
                prop_assert_eq!(adds_up(&lineage, seq), or_zero(objective.score), "{} as of {}", objective.id, seq);
                for key_result in &objective.key_results {
                    let lineage = lineage_of_key_result(&ledger, &asked, key_result.id.as_str(), StepsAsk::ALL).unwrap().unwrap();
                    prop_assert_eq!(adds_up(&lineage, seq), or_zero(key_result.score.last), "{} as of {}", key_result.id, seq);
                }
            }
            if seq == ledger.last() {
                prop_assert_eq!(of_cycle.score, then.score);
            }
        }
        comes_back(&of_cycle);
        // Pages limited by count or by bytes add up to the whole.
        for (limit, bytes_max) in [(3, usize::MAX), (usize::MAX, 1_000)] {
            let (mut steps, mut after) = (Vec::new(), Some(0));
            while let Some(from) = after {
                let page = StepsAsk { after: from, limit, bytes_max };
                let page = lineage_of_cycle(&ledger, &asked, "q2", page).unwrap().unwrap();
                let bytes: usize = page.steps.iter().map(|step| serde_json::to_vec(step).unwrap().len() + 1).sum();
                prop_assert!(page.steps.len() <= limit && (bytes <= bytes_max || page.steps.len() == 1));
                prop_assert!(bytes_max < usize::MAX || page.steps.len() == limit || page.next_after.is_none());
                prop_assert_eq!(page.score, of_cycle.score);
                steps.extend(page.steps);
                after = page.next_after;
            }
            prop_assert_eq!(steps, of_cycle.steps.clone());
        }
    }

    #[test]
    fn the_lifts_of_all_moves_add_up_to_what_the_ladder_gained(actions in actions()) {
        let ledger = ledger(&actions, true);
        let rows = ledger.rows(ledger.last());
        let asked = ledger.asked(&rows, ledger.last(), NOW);
        let answer = goalposts(&asked, "q2").unwrap().unwrap();
        prop_assert_eq!(answer.ladder, ladder(&asked, "q2").unwrap().unwrap().cycle);
        prop_assert_eq!(answer.lift, answer.ladder.lift());
        if let Some(lift) = answer.lift {
            let none = Decimal::ZERO;
            prop_assert_eq!(answer.total.lift.map_or(none, Number::decimal), lift.decimal());
            prop_assert_eq!(sum(answer.moves.iter().map(|one| one.lift)).unwrap_or(none), lift.decimal());
            prop_assert_eq!(sum(answer.by_objective.iter().map(|one| one.moved.lift)).unwrap_or(none), lift.decimal());
            prop_assert_eq!(sum(answer.by_team.iter().map(|one| one.moved.lift)).unwrap_or(none), lift.decimal());
            prop_assert_eq!(sum(answer.by_level.iter().map(|one| one.moved.lift)).unwrap_or(none), lift.decimal());
            prop_assert_eq!(sum(answer.by_cause.iter().map(|one| one.moved.lift)).unwrap_or(none), lift.decimal());
        }
        let all = &answer.total;
        let kinds = all.eased + all.hardened + all.remeasured + all.reworded + all.retired + all.appeared;
        prop_assert_eq!((all.moves, all.moves as usize), (kinds, answer.moves.len()));
        let board = board(&asked, "q2", &BoardAsk::default()).unwrap().unwrap();
        let (objectives, key_results) = (answer.scope.objectives, answer.scope.key_results);
        prop_assert_eq!((objectives.standing, key_results.standing), (board.counts.objectives, board.counts.key_results));
        for count in [objectives, key_results] {
            let of = |is_objective: bool| answer.scope.appeared.iter().filter(move |one| one.objective.is_none() == is_objective);
            let gone_again = of(count == objectives).filter(|one| !one.stands).count() as u32;
            prop_assert_eq!(count.set_at_start - count.vanished + count.appeared - gone_again, count.standing);
        }
        comes_back(&answer);
    }
}
