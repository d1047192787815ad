//! The demo quarter: `demo/talentsync-2026-q2.jsonl` equals the script recorded by the project's own writer, and
//! gives the answers of the method's worked example.

#[path = "demo/quarter.rs"]
mod quarter;
#[path = "demo/record.rs"]
mod record;
#[path = "demo/script.rs"]
mod script;

use std::path::Path;

use events::Number;
use okr_ledger::ledger::{AsOfAsk, Ledger, check_copy};
use projections::ask::{
    Board, BoardAsk, BoardKeyResult, BoardObjective, WhatIfAnswer, WhatIfAsk, audit_key_result, board, board_on,
    confidence_of_cycle, what_if,
};

use quarter::{CONFIDENCE_WEEKS, CYCLE, OBJECTIVES};
use record::{Kept, moment, read_copy, record};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

/// A moment long after the quarter.
const LATER: &str = "2026-09-01T00:00:00Z";

#[tokio::test]
async fn the_shipped_quarter_is_what_the_writer_makes_of_the_script() {
    let (_kept, ledger) = record(&script::entries()).await;
    let mut copy = Vec::new();
    ledger.export(&mut copy, &mut ()).unwrap();
    if std::env::var_os("UPDATE_DEMO").is_some() {
        std::fs::create_dir_all(Path::new(SHIPPED).parent().unwrap()).unwrap();
        std::fs::write(SHIPPED, &copy).unwrap();
    }
    let shipped = std::fs::read(SHIPPED).unwrap();
    for (n, (made, shipped)) in
        String::from_utf8_lossy(&copy).lines().zip(String::from_utf8_lossy(&shipped).lines()).enumerate()
    {
        assert_eq!(made, shipped, "line {} of {SHIPPED}: UPDATE_DEMO=1 writes it anew", n + 1);
    }
    assert!(copy == shipped, "{SHIPPED} has another length: UPDATE_DEMO=1 writes it anew");
}

#[tokio::test]
async fn the_shipped_quarter_is_a_whole_copy_and_can_be_taken() {
    let shipped = std::fs::read(SHIPPED).unwrap();
    let checked = check_copy(&shipped[..]).unwrap();
    assert_eq!((checked.ledger.as_str(), checked.header.title.as_str()), ("demo", "TalentSync"));

    let kept = Kept::empty();
    let ledger = kept.ledgers.import(&checked.ledger, &checked, &shipped[..], &mut ()).await.unwrap();
    let mut again = Vec::new();
    assert_eq!(ledger.export(&mut again, &mut ()).unwrap(), checked.events);
    let (first, entries) = again.split_at(again.iter().position(|byte| *byte == b'\n').unwrap());
    let shipped_first = shipped.iter().position(|byte| *byte == b'\n').unwrap();
    assert!(
        entries == &shipped[shipped_first..],
        "an imported copy is exported to the same bytes but for its first line"
    );
    let first: serde_json::Value = serde_json::from_slice(first).unwrap();
    assert_eq!(first["incarnation"], "aaaaaaaaab");
    assert_eq!(first["earlier"], serde_json::json!([{"incarnation": "talentsync", "shared_to": checked.events}]));
}

#[test]
fn the_rules_advise_on_the_number_in_the_first_objective_and_on_nothing_else() {
    let shipped = std::fs::read(SHIPPED).unwrap();
    let warnings: Vec<_> = read_copy(&shipped).into_iter().flat_map(|entry| entry.warnings).collect();
    let warned: Vec<_> = warnings.iter().map(|warning| (warning.rule.as_str(), warning.subject.as_str())).collect();
    assert_eq!(warned, [("number_in_objective", "o-frictionless-trial")]);
}

#[test]
fn every_objectives_confidence_is_the_mean_of_its_key_results() {
    for objective in &OBJECTIVES {
        for (n, week) in CONFIDENCE_WEEKS.iter().enumerate() {
            let sum: u32 = objective.key_results.iter().map(|key_result| key_result.confidences[n]).sum();
            assert_eq!(sum, 3 * objective.confidences[n], "{} in week {week}", objective.id);
        }
    }
}

#[tokio::test]
async fn the_quarter_ends_on_the_methods_grades_with_the_computed_scores_beside_them() {
    let (_kept, ledger) = record(&script::entries()).await;
    let last = board_as_of(&ledger, None);
    let figures: Vec<(&str, Option<Number>, Option<Number>)> = last
        .objectives
        .iter()
        .flat_map(|objective| {
            let whole = [(objective.id.as_str(), objective.score, objective.computed_score)];
            let parts = objective.key_results.iter().map(|kr| (kr.id.as_str(), kr.score.graded, kr.score.computed));
            whole.into_iter().chain(parts)
        })
        .collect();
    // By hand: (current − baseline) ÷ (target − baseline), and the means of three.
    let expected = [
        ("o-frictionless-trial", "0.8", "0.8218"),
        ("kr-first-sequence", "0.8", "0.7778"),   // 21 ÷ 27
        ("kr-time-to-sequence", "0.9", "0.9375"), // 7.5 ÷ 8
        ("kr-trial-paid", "0.7", "0.75"),         // 6 ÷ 8
        ("o-outbound", "0.8", "0.817"),
        ("kr-outbound-calls", "0.9", "0.8571"),  // 6 ÷ 7
        ("kr-outbound-cac", "0.7", "0.8667"),    // 260 ÷ 300
        ("kr-calls-to-trials", "0.8", "0.7273"), // 8 ÷ 11
        ("o-net-growth", "0.8667", "0.8915"),
        ("kr-net-retention", "0.7", "0.7857"), // 11 ÷ 14
        ("kr-expansions", "0.9", "0.8889"),    // 8 ÷ 9
        ("kr-logo-churn", "1", "1"),           // held under 2
    ]
    .map(|(id, graded, computed)| (id, number(graded), number(computed)));
    assert_eq!(figures, expected);
    assert_eq!((last.score, last.computed_score), (number("0.8222"), number("0.8434")));
    assert_eq!(last.grade.as_ref().map(|grade| grade.as_str()), Some("strong"));
    let counts = last.counts;
    assert_eq!((counts.objectives, counts.key_results, counts.adjusted, counts.retired), (3, 9, 1, 0));
    assert_eq!((counts.on_track, counts.at_risk, counts.behind, counts.unknown, counts.stale), (4, 5, 0, 0, 0));
}

#[tokio::test]
async fn the_confidence_table_is_the_methods_to_the_figure() {
    let (_kept, ledger) = record(&script::entries()).await;
    let look = ledger.look(None, Some(CYCLE), moment(LATER)).unwrap();
    let report = confidence_of_cycle(&look.asked(), CYCLE).unwrap().unwrap();
    for (line, objective) in report.subject.parts.iter().zip(&OBJECTIVES) {
        assert_eq!(line.id.as_str(), objective.id);
        let stated: Vec<(usize, Number)> =
            line.weeks.iter().filter_map(|week| Some((week.week as usize, week.confidence?))).collect();
        let table = CONFIDENCE_WEEKS.into_iter().zip(objective.confidences.map(Number::from));
        assert_eq!(stated, table.collect::<Vec<_>>(), "{}", objective.id);
        assert_eq!(line.weeks.len(), quarter::WEEKS);
    }
}

#[tokio::test]
async fn in_week_5_the_first_objective_stands_at_5_with_its_blocker() {
    let (_kept, ledger) = record(&script::entries()).await;
    let then = board_as_of(&ledger, Some("2026-05-05"));
    let objective = &then.objectives[0];
    assert_eq!(objective.confidence, number("5"));
    let blockers: Vec<&str> =
        objective.key_results.iter().flat_map(|kr| &kr.blockers).map(|blocker| blocker.as_str()).collect();
    assert_eq!(blockers, ["The new onboarding needs the mailbox-connect service, which has no backend engineer"; 2]);

    let week_7 = board_as_of(&ledger, Some("2026-05-18"));
    assert_eq!(week_7.objectives[0].confidence, number("7"));
    assert!(week_7.objectives[0].key_results.iter().all(|kr| kr.blockers.is_empty()));
}

#[tokio::test]
async fn the_target_of_the_acquisition_cost_was_750_and_is_800_since_week_7() {
    let (_kept, ledger) = record(&script::entries()).await;
    let target = |board: &Board| {
        let cac = key_result(board, "kr-outbound-cac");
        (cac.target, cac.original_target, cac.adjustments)
    };
    assert_eq!(target(&board_as_of(&ledger, Some("2026-05-18"))), (number("750"), number("750"), 0));
    assert_eq!(target(&board_as_of(&ledger, Some("2026-05-19"))), (number("800"), number("750"), 1));

    let look = ledger.look(None, Some(CYCLE), moment(LATER)).unwrap();
    let audit = audit_key_result(&look.asked(), "kr-outbound-cac").unwrap().unwrap();
    let adjustment = audit.trail.iter().find(|line| line.adjustment && line.justification.is_some()).unwrap();
    let context = adjustment.context.as_ref().unwrap();
    // At $975: 125 of the 350 to go when the target was 750, 48.4 of 91 days gone.
    assert_eq!(context.progress, number("0.3571"));
    assert_eq!(context.confidence, number("6"));
    assert_eq!(context.days_left, Some(42));
    assert_eq!(context.elapsed, number("0.5323"));
    assert_eq!(context.pace_gap, number("0.1751"));
    let justification = adjustment.justification.as_ref().unwrap();
    assert!(justification.circumstances.as_str().starts_with("Made up for the demo."));
}

#[tokio::test]
async fn what_was_recorded_late_or_corrected_shows_only_from_then_on() {
    let (_kept, ledger) = record(&script::entries()).await;
    let current = |as_of, id| key_result(&board_as_of(&ledger, Some(as_of)), id).current;
    // Week 3 was typed 130 on Monday and corrected to 103 on Tuesday.
    assert_eq!(current("2026-04-20", "kr-net-retention"), number("130"));
    assert_eq!(current("2026-04-21", "kr-net-retention"), number("103"));
    // Week 6 of Growth was recorded on Wednesday, for Monday.
    let checked_in_on = |as_of| {
        let board = board_as_of(&ledger, Some(as_of));
        key_result(&board, "kr-trial-paid").last_check_in_on.map(|day| day.to_string())
    };
    assert_eq!(checked_in_on("2026-05-12").as_deref(), Some("2026-05-04"));
    assert_eq!(checked_in_on("2026-05-13").as_deref(), Some("2026-05-11"));

    // The state on a day is another question: there the late check-in counts on Monday.
    let look = ledger.look(None, Some(CYCLE), moment(LATER)).unwrap();
    let on = |day: &str| {
        let ask = BoardAsk::default();
        board_on(&ledger.past(), &look.asked(), CYCLE, day.parse().unwrap(), &ask).unwrap().unwrap()
    };
    let on_monday = key_result(&on("2026-05-11"), "kr-trial-paid").last_check_in_on;
    assert_eq!(on_monday.map(|day| day.to_string()).as_deref(), Some("2026-05-11"));
}

#[tokio::test]
async fn without_the_adjustment_the_acquisition_cost_would_compute_lower_and_count_the_same() {
    let (_kept, ledger) = record(&script::entries()).await;
    let look = ledger.look(None, Some(CYCLE), moment(LATER)).unwrap();
    let ask = WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() };
    let answer = what_if(&ledger.past(), &look.asked(), CYCLE, &ask).unwrap().unwrap();
    let WhatIfAnswer::Answered(answer) = answer else { panic!("{answer:?}") };
    assert_eq!(answer.omitted, [106]);
    let [cac] = &answer.differences[..] else { panic!("{:?}", answer.differences) };
    let (actual, supposed) = (cac.actual.unwrap(), cac.what_if.unwrap());
    assert_eq!((actual.target, actual.computed, actual.last), (number("800"), number("0.8667"), number("0.7")));
    // 260 ÷ 350
    assert_eq!((supposed.target, supposed.computed, supposed.last), (number("750"), number("0.7429"), number("0.7")));
    assert_eq!(answer.actual.score, answer.what_if.score);
}

/// Same as `append` with these events: recorded now, at the times they happened.
#[tokio::test]
async fn without_its_stamps_the_quarter_can_be_recorded_anew() {
    let shipped = std::fs::read(SHIPPED).unwrap();
    let kept = Kept::empty();
    let ledger = kept.ledger("mine").await;
    let mut first_seq = 1;
    for entry in read_copy(&shipped) {
        let submissions = entry.events.iter().map(|event| event.submission()).collect();
        let receipt = kept.record(&ledger, moment("2026-08-01T10:00:00Z"), submissions).await;
        assert_eq!(receipt.first_seq, first_seq);
        first_seq = receipt.last_seq + 1;
    }
    let mine = board_as_of(&ledger, None);
    assert_eq!((mine.score, mine.computed_score), (number("0.8222"), number("0.8434")));
    assert_eq!(key_result(&mine, "kr-outbound-cac").original_target, number("750"));

    let (_kept, demo) = record(&script::entries()).await;
    assert_eq!(mine.objectives, board_as_of(&demo, None).objectives);
}

fn board_as_of(ledger: &Ledger, as_of: Option<&str>) -> Board {
    let ask = as_of.map(|text| AsOfAsk::parse("as_of", text).unwrap());
    let look = ledger.look(ask, Some(CYCLE), moment(LATER)).unwrap();
    board(&look.asked(), CYCLE, &BoardAsk::default()).unwrap().unwrap()
}

fn key_result<'a>(board: &'a Board, id: &str) -> &'a BoardKeyResult {
    let all = |objective: &'a BoardObjective| &objective.key_results;
    board.objectives.iter().flat_map(all).find(|kr| kr.id.as_str() == id).unwrap()
}

fn number(text: &str) -> Option<Number> {
    text.parse().ok()
}
