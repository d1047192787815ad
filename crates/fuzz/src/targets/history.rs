//! A history drawn from bytes: attempts of every type, sensible and not, one after the other through the rules.

use events::{Kind, Moment, Recorded, Submission};
use projections::apply;
use projections::ask::testing::{Ledger, moment};
use projections::rows::{Memo, Memory, Overlay, RowsMut as _};
use projections::rules::{Proposal, Situation, decide};
use serde_json::{Value, json};

use super::{asked, faults};

const ENTRIES_MAX: usize = 40;
const HOUR: i64 = 3_600_000_000;

/// The rest of the input. Past its end every choice is the first option.
struct Draw<'a>(&'a [u8]);

impl Draw<'_> {
    fn below(&mut self, count: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        usize::from(*first) % count
    }

    fn of<'t>(&mut self, list: &[&'t str]) -> &'t str {
        list[self.below(list.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == count - 1
    }

    fn number(&mut self) -> Value {
        const NUMBERS: [&str; 12] = [
            "10",
            "0",
            "1",
            "20",
            "5",
            "0.7",
            "-3.25",
            "5.0",
            "1000",
            "79228162514264337593543950335",
            "-79228162514264337593543950335",
            "0.0000000000000000000000000001",
        ];
        serde_json::from_str(self.of(&NUMBERS)).unwrap()
    }

    fn small(&mut self) -> Value {
        const SMALL: [&str; 7] = ["0.5", "0", "1", "0.3", "0.0000000000000000000000000001", "2", "1000"];
        serde_json::from_str(self.of(&SMALL)).unwrap()
    }
}

const CYCLES: [&str; 3] = ["q2", "q3", "year"];
const THEMES: [&str; 2] = ["love", "reach"];
const TEAMS: [&str; 3] = ["core", "sales", "field"];
const OBJECTIVES: [&str; 4] = ["o1", "o2", "O-1", "O-2"];
const KEY_RESULTS: [&str; 6] = ["k1", "k2", "k3", "k4", "KR-1", "KR-2"];
const REPORTS: [&str; 2] = ["may", "june"];
const PEOPLE: [&str; 3] = ["Ada", "Ben", "Eve"];
const DATES: [&str; 7] =
    ["2026-04-01", "2026-06-30", "2026-05-15", "2026-03-15", "2026-12-31", "1900-01-01", "9999-12-31"];
const ZONES: [&str; 4] = ["Europe/Berlin", "America/Los_Angeles", "Pacific/Apia", "Pacific/Kiritimati"];
const TITLES: [&str; 4] = [
    "Make customers love the trial",
    "Launch the new website",
    "Reach 100 calls a week",
    "Lift the share of trials that pay",
];

pub(crate) fn run(data: &[u8]) {
    let mut draw = Draw(data);
    let mut live = Memory::new();
    let mut ledger = Ledger::new();
    let mut now = moment("2026-03-10T09:00:00Z").micros();
    let mut beginning = if draw.one_in(2) { Vec::new() } else { beginning() };
    beginning.reverse();
    for number in 0..ENTRIES_MAX {
        let entry = match beginning.pop() {
            Some(begun) => begun,
            None if draw.0.is_empty() => break,
            None => {
                // The clock also goes back; occasionally much time passes.
                now += (draw.below(24) as i64 - 1) * HOUR * if draw.one_in(8) { 24 } else { 1 };
                (0..=draw.below(8).saturating_sub(5)).map(|_| event(&mut draw, now)).collect()
            }
        };
        attempt(&mut live, &mut ledger, &entry, number, now);
    }
    assert_eq!(live, rebuilt(&ledger), "what was applied live is not what is rebuilt from the stored bytes");
    asked::of_everything(&ledger, "2026-08-01T00:00:00Z", true);
}

/// Returns the usual beginning, so that many later attempts find existing subjects.
fn beginning() -> Vec<Vec<Value>> {
    let just = |kind: &str, subject: &str, data: Value| json!({"type": kind, "subject": subject, "data": data});
    let opened = json!({"title": "2026 Q2", "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
        "time_zone": "Europe/Berlin"});
    let drafted =
        json!({"cycle": "q2", "title": TITLES[0], "level": "company", "owner": "Ada", "ambition": "committed"});
    let key_result = json!({"objective": "o1", "title": TITLES[3], "owner": "Ben", "target": 20,
        "metric": {"name": "trials", "unit": "%", "kind": "increase"}});
    let measured = json!({"value": 10, "measured_on": "2026-03-01", "method": "the books"});
    vec![
        vec![just("okr.cycle.opened", "q2", opened), just("okr.objective.drafted", "o1", drafted)],
        vec![just("okr.key_result.drafted", "k1", key_result), just("okr.key_result.baseline_set", "k1", measured)],
        vec![just("okr.cycle.started", "q2", json!({}))],
    ]
}

fn event(draw: &mut Draw<'_>, now: i64) -> Value {
    let kind = Kind::ALL[draw.below(Kind::ALL.len())];
    let subject = match kind.as_str() {
        "okr.policy.adopted" => "policy",
        kind if kind.starts_with("okr.team") => draw.of(&TEAMS),
        kind if kind.starts_with("okr.cycle") => draw.of(&CYCLES),
        kind if kind.starts_with("okr.theme") => draw.of(&THEMES),
        kind if kind.starts_with("okr.objective") => draw.of(&OBJECTIVES),
        kind if kind.starts_with("okr.adjustment") => draw.of(&["k1", "o1", "k2", "KR-1"]),
        kind if kind.starts_with("okr.board_report") => draw.of(&REPORTS),
        kind if kind.starts_with("okr.retrospective") => draw.of(&["q2", "o1", "year"]),
        _ => draw.of(&KEY_RESULTS),
    };
    // Occasionally an unrelated subject.
    let subject = if draw.one_in(16) { draw.of(&["q2", "o1", "k1", "core", "policy", "nothing"]) } else { subject };
    let mut event = json!({"type": kind.as_str(), "subject": subject, "data": data(draw, kind)});
    if draw.one_in(3) {
        event["source"] = "/people/eve".into();
    }
    if draw.one_in(3) {
        let time = Moment::from_micros(now - (draw.below(40) as i64 - 1) * 24 * HOUR).unwrap();
        event["time"] = time.to_string().into();
    }
    event
}

fn data(draw: &mut Draw<'_>, kind: Kind) -> Value {
    let mut data = match kind {
        Kind::PolicyAdopted => policy(draw),
        Kind::TeamFormed | Kind::TeamChanged => json!({"name": "A team"}),
        Kind::TeamDissolved | Kind::CycleStarted | Kind::CycleClosed => json!({}),
        Kind::CycleOpened => json!({"title": "A cycle", "kind": draw.of(&["quarter", "year", "custom"]),
            "starts_on": draw.of(&DATES), "ends_on": draw.of(&DATES[1..]), "time_zone": draw.of(&ZONES)}),
        Kind::CycleReopened => json!({"reason": "late figures came in"}),
        Kind::ThemeDeclared => json!({"cycle": draw.of(&CYCLES), "title": "A theme"}),
        Kind::ObjectiveDrafted => json!({"cycle": draw.of(&CYCLES), "title": draw.of(&TITLES),
            "level": draw.of(&["company", "team", "individual"]), "owner": draw.of(&PEOPLE),
            "ambition": draw.of(&["committed", "aspirational"])}),
        Kind::ObjectiveAmended => json!({"changes": changes(draw, false)}),
        Kind::ObjectiveRetired | Kind::KeyResultRetired => json!({"justification": justification(draw)}),
        Kind::ObjectiveScored | Kind::KeyResultScored => json!({"score": draw.small(), "rationale": "we decided so"}),
        Kind::KeyResultDrafted => json!({"objective": draw.of(&OBJECTIVES), "title": draw.of(&TITLES),
            "owner": draw.of(&PEOPLE), "metric": metric(draw)}),
        Kind::KeyResultBaselineSet => {
            json!({"value": draw.number(), "measured_on": draw.of(&DATES), "method": "a count"})
        }
        Kind::KeyResultTargetSet => json!({"value": draw.number()}),
        Kind::KeyResultAdjusted => json!({"changes": changes(draw, true), "justification": justification(draw)}),
        Kind::KeyResultReassigned => json!({"owner": draw.of(&PEOPLE), "reason": "a leave"}),
        Kind::AdjustmentProposed if draw.one_in(4) => json!({"retire": true, "justification": justification(draw)}),
        Kind::AdjustmentProposed => {
            let of_key_result = !draw.one_in(3);
            json!({"changes": changes(draw, of_key_result), "justification": justification(draw)})
        }
        Kind::AdjustmentApproved | Kind::AdjustmentDeclined | Kind::AdjustmentWithdrawn => {
            json!({"proposal": format!("e{}-{}", draw.below(ENTRIES_MAX), draw.below(3)), "note": "a word on it"})
        }
        Kind::CheckInRecorded => json!({"value": draw.number()}),
        Kind::CheckInCorrected => json!({"corrects": format!("e{}-{}", draw.below(ENTRIES_MAX), draw.below(3)),
            "value": draw.number(), "reason": "a slip"}),
        Kind::RetrospectiveRecorded => json!({"learnings": ["some"]}),
        Kind::ObjectiveCarriedOver => json!({"to_cycle": draw.of(&CYCLES), "new_id": draw.of(&OBJECTIVES)}),
        Kind::BoardReportIssued => json!({"cycle": draw.of(&CYCLES), "title": "To the board"}),
    };
    while draw.one_in(3) {
        more(draw, &mut data);
    }
    data
}

/// Adds an optional field, mostly one of the type, sometimes a foreign one.
fn more(draw: &mut Draw<'_>, data: &mut Value) {
    match draw.below(20) {
        0 => data["weight"] = draw.small(),
        1 => data["thresholds"] = thresholds(draw),
        2 => data["target"] = draw.number(),
        3 => data["due_on"] = draw.of(&DATES).into(),
        4 => data["expected_score"] = draw.small(),
        5 => data["supports"] = draw.of(&[OBJECTIVES, ["k1", "k2", "KR-1", "nothing"]].concat()).into(),
        6 => data["team"] = draw.of(&TEAMS).into(),
        7 => data["parent"] = draw.of(&[CYCLES, TEAMS].concat()).into(),
        8 => data["themes"] = json!([draw.of(&THEMES), draw.of(&THEMES)]),
        9 => data["replaced_by"] = draw.of(&["o2", "k2", "KR-1", "O-2", "nothing"]).into(),
        10 => data["confidence"] = json!(draw.below(12)),
        11 => data["status"] = draw.of(&["on_track", "at_risk", "behind"]).into(),
        12 => data["milestones_done"] = json!([draw.of(&["plan", "build", "nothing"])]),
        13 => data["justification"] = justification(draw),
        14 => data["value"] = Value::Null,
        15 => data["confidence"] = Value::Null,
        16 => data["note"] = "a note".into(),
        17 => data["blockers"] = json!(["nobody is there"]),
        18 => data["description"] = "in other words".into(),
        _ => data["mood"] = "fine".into(),
    }
}

fn metric(draw: &mut Draw<'_>) -> Value {
    let kind = draw.of(&["increase", "decrease", "at_least", "at_most", "milestones"]);
    let mut metric = json!({"name": "a figure", "kind": kind});
    if kind == "milestones" || draw.one_in(8) {
        metric["milestones"] = json!([{"name": "plan", "weight": draw.small()}, {"name": draw.of(&["build", "plan"])}]);
    }
    metric
}

fn thresholds(draw: &mut Draw<'_>) -> Value {
    let mut thresholds = json!({});
    for _ in 0..=draw.below(3) {
        thresholds[draw.of(&["0", "0.3", "0.5", "0.7", "1", "1.0"])] = draw.number();
    }
    thresholds
}

fn justification(draw: &mut Draw<'_>) -> Value {
    json!({"cause": draw.of(&["external_change", "scope_change", "execution_shortfall", "measurement_correction"]),
        "statement": "what we heard from the market in this week", "circumstances": "a competitor left",
        "preserves_objective": !draw.one_in(8)})
}

fn changes(draw: &mut Draw<'_>, of_key_result: bool) -> Value {
    let mut changes = json!({});
    for _ in 0..=draw.below(3) {
        let (field, to) = match (of_key_result, draw.below(8)) {
            (_, 0) => ("weight", draw.small()),
            (_, 1) => ("title", draw.of(&TITLES).into()),
            (true, 2 | 3) => ("target", draw.number()),
            (true, 4) => ("baseline", draw.number()),
            (true, 5) => ("thresholds", thresholds(draw)),
            (true, 6) => ("metric", metric(draw)),
            (true, _) => ("due_on", draw.of(&DATES).into()),
            (false, 2) => ("level", draw.of(&["company", "team", "individual"]).into()),
            (false, 3) => ("supports", draw.of(&["o2", "k1", "KR-2", "O-1"]).into()),
            (false, 4) => ("themes", json!([draw.of(&THEMES)])),
            (false, 5) => ("team", draw.of(&TEAMS).into()),
            (false, 6) => ("ambition", draw.of(&["committed", "aspirational"]).into()),
            (false, _) => ("owner", draw.of(&PEOPLE).into()),
        };
        changes[field] = json!({"to": if draw.one_in(8) { Value::Null } else { to }});
    }
    changes
}

fn policy(draw: &mut Draw<'_>) -> Value {
    match draw.below(7) {
        6 => json!({"approval": draw.of(&["required", "off"]), "owner_may_approve": draw.one_in(2)}),
        0 => json!({"cadence": {"days": draw.number()}}),
        1 => json!({"formula": draw.of(&["linear-1", "ratio-1"])}),
        2 => json!({"rules": {"own_adjustment": "refuse"}}),
        3 => json!({"rules": {"execution_shortfall": "warn"}}),
        4 => json!({"expectations": {"aspirational": draw.small()}}),
        _ => json!({"confidence": {"on_track_from": draw.number()}}),
    }
}

/// Submits one entry to the rules, as the writer does.
fn attempt(live: &mut Memory, ledger: &mut Ledger, entry: &[Value], number: usize, now: i64) {
    let mut submissions = Vec::new();
    for (n, event) in entry.iter().enumerate() {
        let mut event = event.clone();
        event["specversion"] = "1.0".into();
        event["id"] = format!("e{number}-{n}").into();
        let source = event.get("source").cloned().unwrap_or_else(|| "/people/ada".into());
        event["source"] = source;
        match Submission::read(&event, "") {
            Ok(submission) => submissions.push(submission),
            Err(malformed) => return faults::check(&malformed.into_faults().into_violations(), &event, ""),
        }
    }
    let last = ledger.events.last().map(|event| event.recorded_at.micros());
    let recorded_at = Moment::from_micros(last.map_or(now, |last| now.max(last + 1))).unwrap();
    let situation = Situation { now: Moment::from_micros(now).unwrap(), recorded_at, next_seq: ledger.last() + 1 };
    let mut proposal = Proposal { submissions, is_list: true, if_match: None };
    let mut trial = Overlay::over(live);
    let decided = decide(&mut trial, &mut proposal, situation).unwrap();
    let written = trial.into_writes();
    match decided {
        Err(refusal) => faults::check(&refusal.violations, &Value::Array(entry.to_vec()), ""),
        Ok(accepted) => {
            let submitted: Vec<_> = accepted.events.iter().filter(|event| event.fact.approval().is_none()).collect();
            assert_eq!(submitted.len(), proposal.submissions.len());
            let approvals = submitted.iter().filter(|event| event.fact.kind() == Kind::AdjustmentApproved).count();
            assert_eq!(accepted.events.len(), submitted.len() + approvals, "a change for every approval");
            for (event, submission) in submitted.into_iter().zip(&proposal.submissions) {
                assert!(event.repeats(submission), "not known again when it is retried: {submission:?}");
            }
            for (seq, key, row) in written.iter() {
                live.put(*seq, key.clone(), row.bytes(), Memo::default()).unwrap();
            }
            ledger.events.extend(accepted.events);
        }
    }
}

fn rebuilt(ledger: &Ledger) -> Memory {
    let mut rows = Memory::new();
    for (n, event) in ledger.events.iter().enumerate() {
        let stored = Recorded::decode(&event.encode()).unwrap();
        assert_eq!(&stored, event);
        assert_eq!(stored.seq, n as u64 + 1);
        apply(&mut rows, &stored).unwrap();
    }
    rows
}
