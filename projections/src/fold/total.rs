//! The fold accepts any recorded event, even one that the rules would reject.

use std::collections::BTreeSet;

use events::Recorded;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::apply;
use crate::ask::testing::{justification, moment};
use crate::ask::{AsOf, Asked, BoardAsk, attention, audit_cycle, board, key_result};
use crate::rows::{
    BoardReportRow, CycleRow, Key, KeyResultRow, LatestRow, Memory, ObjectiveRow, Row as _, Table, UnitRow, all,
    seqs_about,
};

const IDS: [&str; 7] = ["q2", "q3", "trial", "paid", "steps", "core", "policy"];
const DATES: [&str; 7] =
    ["2026-04-01", "2026-06-30", "1900-01-01", "9999-12-31", "-0044-03-15", "+262142-12-31", "-262143-01-01"];
const NUMBERS: [&str; 7] = [
    "0",
    "5",
    "5.0",
    "-3.25",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "0.0000000000000000000000000001",
];
const FORMULAS: [&str; 2] = ["linear-1", "ratio-1"];
const TIMES: [&str; 4] =
    ["2026-05-04T09:00:00Z", "1900-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-03-01T00:00:00.5Z"];
const ZONES: [&str; 4] = ["Europe/Berlin", "America/Los_Angeles", "Pacific/Apia", "Pacific/Kiritimati"];
const REFS: [Option<&str>; 6] = [None, None, None, Some("O-1"), Some("KR-1"), Some("KR-4294967295")];
const LEVELS: [&str; 3] = ["company", "team", "individual"];
const OWNERS: [&str; 2] = ["Ada", "Ben"];
const KINDS: [(&str, Option<&str>); 3] = [("increase", None), ("at_most", None), ("milestones", Some("plan"))];

/// Random choices for one event: its type, and indexes for everything else.
type Draw = (usize, [usize; 8]);

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    prop::collection::vec((0..events::Kind::ALL.len(), prop::array::uniform8(0..840usize)), 1..60)
}

fn number(pick: usize) -> Value {
    serde_json::from_str(NUMBERS[pick % NUMBERS.len()]).unwrap()
}

/// Returns an event as a journal may contain it. Stored bytes are decoded without the rules and without the checks of a
/// submission.
fn event(seq: u64, (kind, pick): &Draw) -> Recorded {
    use events::Kind;
    let kind = Kind::ALL[*kind];
    let id = |n: usize| IDS[pick[n] % IDS.len()];
    let date = |n: usize| DATES[pick[n] % DATES.len()];
    let (metric_kind, milestone) = KINDS[pick[4] % KINDS.len()];
    let milestones: Vec<Value> = milestone.iter().map(|name| json!({"name": name, "weight": 0.5})).collect();
    let metric = json!({"name": "m", "kind": metric_kind, "milestones": milestones});
    let data = match kind {
        Kind::PolicyAdopted => json!({"formula": FORMULAS[pick[1] % FORMULAS.len()], "cadence": {"days": u32::MAX}}),
        Kind::TeamFormed | Kind::TeamChanged => json!({"name": "a team", "parent": id(1)}),
        Kind::TeamDissolved | Kind::CycleStarted => json!({}),
        Kind::CycleOpened => json!({"title": "a cycle", "kind": "custom", "starts_on": date(1), "ends_on": date(2),
            "time_zone": ZONES[pick[3] % ZONES.len()], "parent": id(4)}),
        Kind::CycleClosed => json!({"note": "closed"}),
        Kind::CycleReopened => json!({"reason": "again"}),
        Kind::ThemeDeclared => json!({"cycle": id(1), "title": "a theme"}),
        Kind::ObjectiveDrafted => {
            json!({"cycle": id(1), "title": "an objective", "level": LEVELS[pick[4] % LEVELS.len()], "owner": OWNERS[pick[6] % OWNERS.len()],
            "ambition": "committed", "supports": id(2), "themes": [id(3), id(3)], "weight": 1000})
        }
        Kind::ObjectiveAmended => json!({"changes": {"supports": {"from": null, "to": id(1)}, "title": {"to": null},
            "level": {"to": LEVELS[pick[2] % LEVELS.len()]}, "owner": {"to": OWNERS[pick[3] % OWNERS.len()]}}}),
        Kind::ObjectiveRetired | Kind::KeyResultRetired => {
            json!({"justification": justification(), "replaced_by": id(1)})
        }
        Kind::ObjectiveScored | Kind::KeyResultScored => json!({"score": 0.7, "rationale": "so"}),
        Kind::KeyResultDrafted => json!({"objective": id(1), "title": "a key result", "owner": "Ben",
            "metric": metric, "target": number(2), "thresholds": {"0": 3, "0.5": 1}, "due_on": date(3)}),
        Kind::KeyResultBaselineSet => json!({"value": number(1), "measured_on": date(2), "method": "a guess"}),
        Kind::KeyResultTargetSet => json!({"value": number(1), "thresholds": {"1": 3}}),
        Kind::KeyResultAdjusted => json!({"changes": {"target": {"to": number(1)}, "baseline": {"to": number(2)},
            "metric": {"to": metric}, "weight": {"to": 0.001}}, "justification": justification()}),
        Kind::KeyResultReassigned => json!({"owner": "Eve", "reason": "so"}),
        Kind::AdjustmentProposed => match pick[3] % 3 {
            0 => json!({"retire": true, "replaced_by": id(1), "justification": justification()}),
            1 => json!({"changes": {"target": {"to": number(1)}, "owner": {"to": "Eve"}},
                "justification": justification()}),
            _ => json!({"changes": {"title": {"from": null, "to": "another"}}, "justification": justification()}),
        },
        Kind::AdjustmentApproved | Kind::AdjustmentDeclined | Kind::AdjustmentWithdrawn => {
            json!({"proposal": format!("e{}", pick[1] as u64 % (seq + 2)), "note": "so"})
        }
        Kind::CheckInRecorded => {
            let blockers = ["short".to_owned(), "long ".repeat(100)];
            json!({"value": number(1), "confidence": pick[2] % 11, "milestones_done": ["plan", "x"],
                "blockers": blockers[..pick[3] % 3]})
        }
        Kind::CheckInCorrected => {
            let done = if pick[3].is_multiple_of(2) { json!([]) } else { json!(["other ".repeat(100)]) };
            json!({"corrects": format!("e{}", pick[1] as u64 % (seq + 2)), "value": number(2), "confidence": null,
                "milestones_done": done, "reason": "so"})
        }
        Kind::RetrospectiveRecorded => json!({"learnings": ["some"]}),
        Kind::ObjectiveCarriedOver => json!({"to_cycle": id(1), "new_id": id(2), "from_cycle": id(3)}),
        Kind::BoardReportIssued => json!({"cycle": id(1), "title": "a report", "stands_on": pick[2]}),
    };
    let mut stored = json!({"specversion": "1.0", "id": format!("e{}", pick[5] as u64 % (seq + 1)), "source": "/x",
        "type": kind.as_str(), "subject": id(0), "time": TIMES[pick[6] % TIMES.len()], "seq": seq,
        "recordedtime": "2026-05-04T09:00:00Z", "actor": "x", "data": data});
    if let Some(given) = REFS[pick[7] % REFS.len()] {
        stored["ref"] = given.into();
    }
    Recorded::decode(stored.to_string().as_bytes()).unwrap_or_else(|wrong| panic!("{stored}: {wrong}"))
}

/// Returns the usual first events, so that many random events find their subject.
fn beginning() -> Vec<Draw> {
    let place = |kind: events::Kind| events::Kind::ALL.iter().position(|one| *one == kind).unwrap();
    vec![
        (place(events::Kind::CycleOpened), [0, 0, 1, 0, 0, 1, 0, 0]),
        (place(events::Kind::ObjectiveDrafted), [2, 0, 3, 5, 0, 2, 0, 0]),
        (place(events::Kind::KeyResultDrafted), [3, 2, 1, 1, 0, 3, 0, 0]),
        (place(events::Kind::KeyResultDrafted), [4, 2, 1, 1, 2, 4, 0, 0]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_facts_in_any_order_can_be_folded_and_queried(draws in draws(), begun in any::<bool>()) {
        let mut rows = Memory::new();
        let drawn: Vec<Draw> = if begun { beginning().into_iter().chain(draws).collect() } else { draws };
        for (n, draw) in drawn.iter().enumerate() {
            apply(&mut rows, &event(n as u64 + 1, draw)).unwrap();
        }
        // Every event is indexed by its subject, and every row decodes.
        let about = |id: &str| seqs_about(&rows, &id.to_string().try_into().unwrap(), 0, usize::MAX).unwrap();
        let found: BTreeSet<u64> = IDS.iter().flat_map(|id| about(id)).collect();
        prop_assert!(found.into_iter().eq(1..=drawn.len() as u64));
        for (at, id) in TIMES.iter().flat_map(|at| IDS.map(|id| (at, id))) {
            let asked = Asked { ledger: "test", rows: &rows, as_of: AsOf { seq: 0, recorded_at: None }, at: moment(at) };
            board(&asked, id, &BoardAsk::default()).unwrap();
            attention(&asked, id).unwrap();
            audit_cycle(&asked, id).unwrap();
            key_result(&asked, id).unwrap();
        }
        for id in IDS {
            let objectives: Vec<ObjectiveRow> = all(&rows, &CycleRow::objectives(id)).unwrap();
            for unit in all::<UnitRow>(&rows, &Key::of(Table::Unit).text(id)).unwrap() {
                let of_it = |one: &&ObjectiveRow| one.retired.is_none() && UnitRow::of(one).key() == unit.key();
                prop_assert_eq!(objectives.iter().filter(of_it).count(), unit.standing as usize);
            }
            all::<KeyResultRow>(&rows, &CycleRow::key_results(id)).unwrap();
            all::<BoardReportRow>(&rows, &BoardReportRow::of_cycle(id)).unwrap();
            all::<LatestRow>(&rows, &CycleRow::key_results(id).in_table(Table::Latest)).unwrap();
        }
    }
}
