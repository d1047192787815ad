//! Limits on the work of an entry: ordinary entries stay far below them, hostile ones are refused, and the count is the
//! same on every machine.

use serde_json::json;

use super::super::given::*;
use super::*;
use crate::rows::Recall;

/// A title and a note of ordinary length.
const TITLE: &str = "Raise the share of trials that become paying customers";
const NOTE: &str = "The new onboarding went out on Tuesday; two of three cohorts convert better than the last ones did, the \
                    third is too small to tell. Next week we look at the price page.";

fn drafts(objectives: usize) -> impl Iterator<Item = Submitted> {
    (0..objectives).flat_map(|n| {
        let fields = json!({"title": "Make the trial frictionless", "level": "individual", "owner": format!("Person {n}"),
            "description": NOTE});
        let drafted = submitted("objective.drafted", &format!("objective-{n:04}"), with(objective("q3"), fields));
        let of_it = (0..5).map(move |k| {
            let metric = json!({"name": "trial-to-paid conversion", "unit": "%", "kind": "increase"});
            let data = with(key_result(&format!("objective-{n:04}"), metric, 45), json!({"title": TITLE}));
            submitted("key_result.drafted", &format!("key-result-{n:04}-{k}"), data)
        });
        std::iter::once(drafted).chain(of_it)
    })
}

/// Returns a started quarter with a thousand key results.
fn large() -> Given {
    let mut given = planned().and(opened("q3", "Europe/Berlin"));
    let all: Vec<Submitted> = drafts(200).collect();
    for entry in all.chunks(600) {
        given = given.and_all(entry.iter().cloned());
    }
    let lenient = json!({"rules": {"baseline_and_target": "warn"}});
    given.and_policy(lenient).and(submitted("cycle.started", "q3", json!({})))
}

#[track_caller]
fn assert_far_below(work: Work) {
    assert!(work.rows < ROWS_MAX / 10 && work.bytes < BYTES_MAX / 10, "{work:?}");
}

#[track_caller]
fn assert_too_much((work, answer): (Work, Result<Accepted, Refusal>)) {
    let refusal = answer.expect_err("the entry should be refused");
    let rules: Vec<&str> = refusal.violations.iter().map(|found| found.rule.as_str()).collect();
    assert_eq!((refusal.no, rules.as_slice()), (No::TooLarge, &["too_much_work"][..]), "{work:?}");
    // Counting stopped at the limit.
    assert!(work.rows <= ROWS_MAX + 1 && work.bytes <= BYTES_MAX + 1_000_000, "{work:?}");
}

#[test]
fn a_thousand_ordinary_check_ins_are_far_below() {
    let given = large();
    let check_ins = (0..1_000).map(|n| {
        let data = json!({"value": n, "confidence": 7, "note": NOTE, "blockers": ["legal has not answered yet"]});
        check_in(&format!("key-result-{:04}-{}", n / 5, n % 5), data)
    });
    let (work, answer) = given.work_of(check_ins);
    assert_eq!(answer.map(|accepted| accepted.events.len()), Ok(1_000));
    assert_far_below(work);
}

#[test]
fn the_drafts_of_a_quarter_and_its_start_are_far_below() {
    let (work, answer) = planned().and(opened("q3", "Europe/Berlin")).work_of(drafts(166));
    assert_eq!(answer.map(|accepted| accepted.events.len()), Ok(996));
    assert_far_below(work);
    let (work, answer) = large().work_of([submitted("cycle.closed", "q3", json!({}))]);
    assert!(answer.is_ok());
    assert_far_below(work);
}

#[test]
fn a_long_chain_walked_a_thousand_times_is_too_much() {
    let support = |n: usize, of: Option<usize>| {
        let above = of.map(|of| format!("chain-{of:04}"));
        let fields = json!({"supports": above, "level": "individual", "owner": format!("Person {n}")});
        submitted("objective.drafted", &format!("chain-{n:04}"), with(objective("q2"), fields))
    };
    let chain = (0..300).map(|n| support(n, (n + 1 < 300).then_some(n + 1)));
    let given = planned().and_all(chain.collect::<Vec<_>>().into_iter().rev());
    let amended = |n: usize, to: &str| {
        submitted("objective.amended", &format!("chain-{n:04}"), json!({"changes": {"supports": {"to": to}}}))
    };
    let walked = (0..1_000).map(|n| amended(299, if n % 2 == 0 { "trial" } else { "paid" }));
    let (work, answer) = given.work_of(walked);
    assert!(answer.is_ok(), "short walks are allowed: {work:?}");
    let walked = (0..1_000).map(|n| amended(299, &format!("chain-{:04}", n % 2)));
    let (work, answer) = given.work_of(walked.take(1));
    assert!(answer.is_err_and(|refusal| refusal.violations[0].rule == "loop"), "{work:?}");
    let draft = support(900, None);
    let many = std::iter::once(draft).chain((0..999).map(|n| amended(900, &format!("chain-{:04}", n % 2))));
    assert_too_much(given.work_of(many));
}

#[test]
fn a_long_policy_adopted_again_and_again_stays_within_the_work_of_an_entry() {
    let words: Vec<String> = (0..200).map(|n| format!("{n:0>200}")).collect();
    let given = planned().and_policy(json!({"output_words": words}));
    let adopted = |n: u32| submitted("policy.adopted", "policy", json!({"cadence": {"days": n}}));
    // Its long parts are written once and then only referred to.
    let (work, _) = given.work_of((1..=1_000).map(adopted));
    assert!(work.bytes <= BYTES_MAX + 1_000_000 && work.rows <= ROWS_MAX, "{work:?}");
    assert!(given.work_of((1..=20).map(adopted)).1.is_ok());
    let reopened = (0..100).flat_map(|n| {
        [
            submitted("cycle.closed", "q2", json!({"note": format!("{n}")})),
            submitted("cycle.reopened", "q2", json!({"reason": "r"})),
        ]
    });
    let (work, _) = given.and(submitted("cycle.started", "q2", json!({}))).work_of(reopened);
    assert!(work.bytes <= BYTES_MAX + 1_000_000, "{work:?}");
}

#[test]
fn words_that_are_compared_again_and_again_are_counted() {
    let words: Vec<String> = (0..200).map(|n| format!("{n:0>250}")).collect();
    let given = planned().and_policy(json!({"output_words": words}));
    let drafted = |n: usize| {
        let data = key_result("trial", json!({"name": "n", "kind": "increase"}), 5);
        submitted("key_result.drafted", &format!("more-{n}"), data)
    };
    assert_too_much(given.work_of((0..300).map(drafted)));
    assert!(given.work_of((0..20).map(drafted)).1.is_ok());
}

#[test]
fn proposals_judged_again_and_again_are_too_much() {
    let proposed = (0..300).map(|n| {
        let data = json!({"changes": {"weight": {"to": n + 1}}, "justification": justification()});
        submitted("adjustment.proposed", "paid", data).named(&format!("p{n}"))
    });
    let given = under_way().and_all(proposed);
    let withdrawn = (0..300).map(|n| submitted("adjustment.withdrawn", "paid", json!({"proposal": format!("p{n}")})));
    assert_too_much(given.work_of(withdrawn));
}

#[test]
fn the_work_of_an_entry_is_the_same_whatever_is_in_memory() {
    let given = large();
    let events = || (0..50).map(|n| check_in(&format!("key-result-0000-{}", n % 5), json!({"value": n})));
    let alone = given.work_of(events()).0;
    let (mut proposal, situation) = given.proposed(events().collect(), true);
    let mut recall = Recall::default();
    for _ in 0..2 {
        let mut overlay = Overlay::recalling(&given.rows, recall);
        let (answer, work) = decide_counted(&mut overlay, &mut proposal, situation);
        assert!(answer.is_ok_and(|answer| answer.is_ok()));
        assert_eq!(work, alone);
        overlay.shorten(0);
        // The work is also the same after earlier entries of the same group.
        let (answer, work) = decide_counted(&mut overlay, &mut proposal, situation);
        assert!(answer.is_ok_and(|answer| answer.is_ok()));
        assert_eq!(work, alone);
        overlay.shorten(0);
        recall = overlay.into_parts().1;
    }
}
