//! Asks every question about every subject of a history: none fails, none returns an impossible answer.

use std::collections::BTreeSet;

use events::{Fact, Moment, Number, Score};
use projections::apply;
use projections::ask::testing::{Ledger, moment};
use projections::ask::{
    Asked, Board, BoardAsk, History, PolicyAsk, ReplayAnswer, Step, StepsAsk, WhatIfAnswer, WhatIfAsk, attention,
    audit_cycle, audit_key_result, audit_objective, board, board_on, board_report, calibration, changes,
    confidence_of_cycle, confidence_of_key_result, confidence_of_objective, cycle, cycles, goalposts, key_result,
    ladder, lineage_of_cycle, lineage_of_key_result, lineage_of_objective, objective, policy, proposals, replay,
    report_changes, restatements, retrospective, teams, under_policy, what_if,
};
use projections::rows::{Error, Memory, Overlay};

/// A date that check-ins can have only in a journal not recorded by the rules, where it would cause very many weeks.
const FAR: &str = "2100-01-01T00:00:00Z";

/// Asks all questions. `by_rule` is true if the rules accepted the history; without them a subject may have several
/// kinds, in several cycles.
pub(crate) fn of_everything(ledger: &Ledger, at: &str, by_rule: bool) {
    let past = Past::of(ledger);
    let is_near = ledger.events.iter().all(|event| event.time < moment(FAR));
    let (last, half) = (ledger.events.len(), ledger.events.len() / 2);
    let asked = ledger.asked(&past.stood[last], last as u64, at);
    let before = ledger.asked(&past.stood[half], half as u64, at);
    policy(&asked).unwrap();
    teams(&asked).unwrap();
    cycles(&asked).unwrap();
    let of_type = |wanted: fn(&Fact) -> bool| -> BTreeSet<&str> {
        let events = ledger.events.iter().filter(|event| wanted(&event.fact));
        events.map(|event| event.subject.as_str()).collect()
    };
    for id in of_type(|fact| matches!(fact, Fact::KeyResultDrafted(_))) {
        key_result(&asked, id).unwrap();
        audit_key_result(&asked, id).unwrap();
        lineage_of_key_result(&past, &asked, id, StepsAsk::ALL).unwrap();
        if is_near {
            confidence_of_key_result(&asked, id).unwrap();
        }
    }
    for id in of_type(|fact| matches!(fact, Fact::ObjectiveDrafted(_))) {
        objective(&asked, id).unwrap();
        audit_objective(&asked, id).unwrap();
        lineage_of_objective(&past, &asked, id, StepsAsk::ALL).unwrap();
        if is_near {
            confidence_of_objective(&asked, id).unwrap();
        }
    }
    for id in of_type(|fact| matches!(fact, Fact::BoardReportIssued(_))) {
        let Some(report) = board_report(&past, &asked, id).unwrap() else { continue };
        adds_up(&report.board);
        if report.report.seq <= half as u64 {
            assert_eq!(board_report(&past, &before, id).unwrap().as_ref(), Some(&report));
        }
        restatements(&past, &asked, id).unwrap().unwrap();
        report_changes(&past, &asked, id, None).unwrap().unwrap();
    }
    for id in of_type(|fact| matches!(fact, Fact::CycleOpened(_))) {
        if is_near {
            confidence_of_cycle(&asked, id).unwrap();
        }
        of_a_cycle(&past, &asked, &before, id, by_rule);
    }
}

fn of_a_cycle(past: &Past<'_>, asked: &Asked<'_, Memory>, before: &Asked<'_, Memory>, id: &str, by_rule: bool) {
    let Some(whole) = board(asked, id, &BoardAsk::default()).unwrap() else { return };
    adds_up(&whole);
    cycle(asked, id).unwrap().unwrap();
    audit_cycle(asked, id).unwrap().unwrap();
    attention(asked, id).unwrap().unwrap();
    proposals(asked, id, None).unwrap().unwrap();
    if by_rule {
        retrospective(past, asked, id).unwrap().unwrap();
    }
    for group in calibration(asked, id).unwrap().unwrap().groups {
        assert!(group.brier.is_some_and(|brier| Score::new(brier).is_ok()), "{group:?}");
    }
    board_on(past, asked, id, moment("2026-05-15T00:00:00Z").utc().date_naive(), &BoardAsk::default()).unwrap();
    for step in [Step::Week, Step::Event] {
        match replay(past, asked, id, step).unwrap().unwrap() {
            ReplayAnswer::Told(told) => assert!(!told.frames.is_empty()),
            ReplayAnswer::TooLong(frames) => assert!(frames > 0),
        }
    }
    let same = changes(asked, asked, past, id).unwrap().unwrap();
    assert!(same.board.is_empty() && same.objectives.is_empty() && same.events.is_empty());
    changes(before, asked, past, id).unwrap();
    let supposed = what_if(past, asked, id, &WhatIfAsk::default()).unwrap().unwrap();
    if by_rule {
        let WhatIfAnswer::Answered(supposed) = supposed else { panic!("nothing is left out, and no cycle is left") };
        assert_eq!(supposed.actual, supposed.what_if);
        assert!(supposed.omitted.is_empty() && supposed.differences.is_empty());
    }
    let moved = goalposts(asked, id).unwrap().unwrap();
    let rungs = ladder(asked, id).unwrap().unwrap().cycle;
    let traced = lineage_of_cycle(past, asked, id, StepsAsk::ALL).unwrap().unwrap();
    if by_rule {
        assert_eq!((rungs.final_wording, rungs.as_graded, moved.ladder), (whole.computed_score, whole.score, rungs));
        assert_eq!(traced.score, whole.score);
        let steps = traced.steps.iter().flat_map(|step| &step.moves).filter(|one| one.id == traced.subject);
        let sum = steps.map(|one| one.by.decimal()).fold(Number::ZERO.decimal(), |sum, by| sum + by);
        assert_eq!(Number::from(sum), whole.score.unwrap_or(Number::ZERO));
    }
    let without = WhatIfAsk { without_adjustments: true, ..WhatIfAsk::default() };
    what_if(past, asked, id, &without).unwrap().unwrap();
    under_policy(past, asked, id, &PolicyAsk::Version(0), &without).unwrap();
}

fn adds_up(board: &Board) {
    let counts = &board.counts;
    assert_eq!(counts.on_track + counts.at_risk + counts.behind + counts.unknown, counts.key_results);
    for score in [board.score, board.computed_score].into_iter().flatten() {
        assert!(Score::new(score).is_ok(), "a score of {score}");
    }
}

/// A ledger with its rows as of every event.
struct Past<'a> {
    ledger: &'a Ledger,
    stood: Vec<Memory>,
}

impl Past<'_> {
    fn of(ledger: &Ledger) -> Past<'_> {
        let mut stood = vec![Memory::new()];
        for (n, event) in ledger.events.iter().enumerate() {
            let mut rows = stood[n].clone();
            apply(&mut rows, event).unwrap();
            stood.push(rows);
        }
        Past { ledger, stood }
    }
}

impl History for Past<'_> {
    type Rows<'b>
        = Overlay<'b, Memory>
    where
        Self: 'b;

    fn as_of(&self, seq: u64) -> Result<Overlay<'_, Memory>, Error> {
        Ok(Overlay::over(&self.stood[seq as usize]))
    }

    fn recorded_at(&self, seq: u64) -> Result<Option<Moment>, Error> {
        self.ledger.recorded_at(seq)
    }

    fn seq_at(&self, moment: Moment) -> Result<u64, Error> {
        self.ledger.seq_at(moment)
    }

    fn event(&self, seq: u64) -> Result<Option<Vec<u8>>, Error> {
        self.ledger.event(seq)
    }

    fn events(&self, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        self.ledger.events(after, limit)
    }
}
