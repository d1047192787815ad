//! Laws for all histories, tested with random ones through the real writer and stored rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use events::{Kind, Moment, Recorded, Severity, Submission};
use okr_ledger::journal::{Journal, counting, memory};
use okr_ledger::ledger::{AsOfAsk, Header, Ledger, Ledgers};
use okr_ledger::views::{Opened, Views, catch_up};
use okr_ledger::writer::Outcome;
use projections::apply;
use projections::ask::{
    Asked, BoardAsk, PolicyAsk, UnderPolicyAnswer, WhatIfAnswer, WhatIfAsk, board, policy, under_policy, what_if,
};
use projections::rows::{CycleState, Key, Memory, Rows, Table};
use projections::rules::Proposal;
use proptest::prelude::*;
use serde_json::{Value, json};

/// All tables but `ById`, whose rows the journal stands in for.
const TABLES: [Table; 23] = [
    Table::Counters,
    Table::Policy,
    Table::Team,
    Table::Cycle,
    Table::Theme,
    Table::Subject,
    Table::Ref,
    Table::Objective,
    Table::KeyResult,
    Table::Latest,
    Table::Unit,
    Table::Proposal,
    Table::CheckIn,
    Table::Trail,
    Table::Happening,
    Table::Retrospective,
    Table::BySubject,
    Table::ByKind,
    Table::BoardReport,
    Table::Closing,
    Table::Reopening,
    Table::Adopted,
    Table::Corrected,
];

/// One attempt: kind, subject, a figure, the hours since the previous one, and the days of backdating.
type Deed = (u8, usize, u32, i64, i64);

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    // The clock also stops and goes back.
    prop::collection::vec((0..40u8, 0..8usize, 0..40u32, -2..12i64, 0..9i64), 150..450)
}

/// Turns attempts into entries. Many of them contradict the current state, so the rules must refuse them.
struct Author {
    now: i64,
    count: usize,
    check_ins: Vec<(String, String)>,
    proposals: Vec<(String, String)>,
}

impl Author {
    fn event(&mut self, time: i64, kind: &str, subject: &str, data: Value) -> Value {
        self.count += 1;
        let time = Moment::from_micros(time).unwrap().to_string();
        json!({"specversion": "1.0", "id": format!("e{}", self.count), "source": "/people/ada",
            "type": format!("okr.{kind}"), "subject": subject, "time": time, "data": data})
    }

    fn entry(&mut self, deed: &Deed) -> Vec<Value> {
        let (what, thing, figure, hours, days_back) = *deed;
        self.now += hours * 3_600_000_000;
        let now = self.now;
        let then = now - days_back * 86_400_000_000;
        let cycle = ["q1", "q2", "year"][thing % 3];
        let objective = ["o0", "o1", "o2", "o3"][thing % 4];
        let key_result = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"][thing];
        let cause = ["external_change", "scope_change", "execution_shortfall"][(figure % 3) as usize];
        let justification = json!({"cause": cause,
            "statement": "what we heard from the market in this week", "circumstances": "a competitor left",
            "preserves_objective": figure != 7});
        let one =
            |author: &mut Self, kind: &str, subject: &str, data: Value| vec![author.event(then, kind, subject, data)];
        match what {
            0 => {
                let zone = ["America/Los_Angeles", "Asia/Kathmandu", "UTC"][thing % 3];
                let data = json!({"title": cycle, "kind": "quarter", "starts_on": "2026-01-01", "ends_on": "2026-03-31",
                    "time_zone": zone});
                one(self, "cycle.opened", cycle, data)
            }
            1 => one(self, "cycle.started", cycle, json!({})),
            2 if figure < 3 => one(self, "cycle.closed", cycle, json!({"note": "that was it"})),
            2 => one(self, "cycle.reopened", cycle, json!({"reason": "late figures came in"})),
            3 | 4 => {
                let data = json!({"cycle": cycle, "title": format!("Objective {objective}"), "level": "company",
                    "owner": "Ada", "ambition": "committed", "weight": figure + 1});
                one(self, "objective.drafted", objective, data)
            }
            5..=7 => {
                let kind = ["increase", "decrease", "at_least", "at_most"][thing % 4];
                let metric = json!({"name": key_result, "kind": kind});
                let drafted = json!({"objective": objective, "title": format!("Key result {key_result}"), "owner": "Ben",
                    "metric": metric, "target": figure});
                let measured = json!({"value": 20, "measured_on": "2025-12-20", "method": "the books"});
                vec![
                    self.event(then, "key_result.drafted", key_result, drafted),
                    self.event(then, "key_result.baseline_set", key_result, measured),
                ]
            }
            8 => one(self, "key_result.target_set", key_result, json!({"value": figure})),
            9 | 10 => {
                let changes = json!({"target": {"to": figure}, "weight": {"to": figure + 1}});
                one(
                    self,
                    "key_result.adjusted",
                    key_result,
                    json!({"changes": changes, "justification": justification}),
                )
            }
            11 => {
                let changes = json!({"title": {"to": format!("Objective {figure}")}});
                one(self, "objective.amended", objective, json!({"changes": changes, "justification": justification}))
            }
            12 if figure < 10 => one(self, "key_result.retired", key_result, json!({"justification": justification})),
            12 => one(
                self,
                "key_result.reassigned",
                key_result,
                json!({"owner": format!("P{figure}"), "reason": "leave"}),
            ),
            13 if figure < 2 => one(self, "objective.retired", objective, json!({"justification": justification})),
            13 => one(self, "objective.scored", objective, json!({"score": 0.6, "rationale": "we decided so"})),
            14 => one(self, "key_result.scored", key_result, json!({"score": 0.7, "rationale": "we decided so"})),
            15 | 16 => match self.check_ins.get(figure as usize % self.check_ins.len().max(1)).cloned() {
                None => one(self, "team.formed", "growth", json!({"name": "Growth"})),
                Some((id, of)) => {
                    let data = json!({"corrects": id, "value": figure, "confidence": null, "blockers": blockers(figure + 1),
                        "reason": "a slip"});
                    one(self, "check_in.corrected", &of, data)
                }
            },
            17 if figure > 20 => one(self, "policy.adopted", "policy", json!({"cadence": {"days": figure}})),
            17 | 18 => one(self, "retrospective.recorded", cycle, json!({"learnings": ["measure first"]})),
            36 | 37 => {
                let (subject, data) = match figure % 4 {
                    0 => (key_result, json!({"retire": true})),
                    1 => (objective, json!({"changes": {"title": {"to": format!("Objective {figure}")}}})),
                    _ => (key_result, json!({"changes": {"target": {"to": figure}, "weight": {"to": 2}}})),
                };
                let mut data = data;
                data["justification"] = justification;
                let entry = one(self, "adjustment.proposed", subject, data);
                self.proposals.push((format!("e{}", self.count), subject.to_owned()));
                entry
            }
            38 | 39 => {
                // Prefer recent proposals, which are more often open.
                let nth = (figure as usize % 4 + 1).min(self.proposals.len().max(1));
                let Some((id, of)) = self.proposals.iter().rev().nth(nth - 1).cloned() else { return Vec::new() };
                let kind = ["approved", "approved", "approved", "declined", "withdrawn"][thing % 5];
                let mut word =
                    self.event(now, &format!("adjustment.{kind}"), &of, json!({"proposal": id, "note": "so"}));
                word["source"] = if kind == "withdrawn" { "/people/ada" } else { "/people/eve" }.into();
                vec![word]
            }
            19 => one(self, "theme.declared", "focus", json!({"cycle": cycle, "title": "Focus"})),
            _ => {
                let said = self.event(
                    then,
                    "check_in.recorded",
                    key_result,
                    json!({"value": figure, "confidence": figure % 11, "blockers": blockers(figure)}),
                );
                self.check_ins.push((format!("e{}", self.count), key_result.to_owned()));
                vec![said]
            }
        }
    }
}

/// Returns no blockers, short ones, or one long enough for a row of its own.
fn blockers(figure: u32) -> Vec<String> {
    match figure % 3 {
        0 => Vec::new(),
        1 => vec![format!("waiting for {figure}")],
        _ => vec![format!("waiting for {} ", figure % 9).repeat(80).trim_end().to_owned()],
    }
}

/// A ledger with the real writer over a journal in memory and stored rows.
struct House {
    journal: Arc<memory::Memory>,
    folder: tempfile::TempDir,
    ledger: Ledger,
    clock: Arc<AtomicI64>,
    runtime: tokio::runtime::Runtime,
}

impl House {
    fn open() -> House {
        let journal = Arc::new(memory::Memory::new());
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(0));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let views = usable(&folder.path().join("views"));
        let reading = Arc::clone(&clock);
        let read = Box::new(move || Moment::from_micros(reading.load(Ordering::Relaxed)).unwrap());
        let ledgers = Ledgers::over(Arc::clone(&journal) as Arc<dyn Journal>, views, read, counting()).unwrap();
        let header = Header::new("A", Moment::from_micros(0).unwrap());
        runtime.block_on(ledgers.create(&"a".to_owned().try_into().unwrap(), &header)).unwrap();
        let ledger = ledgers.ledger("a").unwrap();
        House { journal, folder, ledger, clock, runtime }
    }

    fn submit(&self, entry: &[Value], now: i64) -> Option<Outcome> {
        self.clock.store(now, Ordering::Relaxed);
        let submissions = entry.iter().map(|event| Submission::read(event, "").unwrap()).collect();
        let proposal = Proposal { submissions, is_list: true, if_match: None };
        self.runtime.block_on(self.ledger.record(proposal)).ok()
    }

    fn events(&self) -> Vec<Recorded> {
        let stored = self.journal.events(1, 0, usize::MAX).unwrap();
        stored.iter().map(|event| Recorded::decode(&event.bytes).unwrap()).collect()
    }

    /// Returns the bytes of every cycle's board as of an event.
    fn boards(&self, seq: u64) -> Vec<Vec<u8>> {
        let now = Moment::parse("2026-12-01T00:00:00Z").unwrap();
        let look = self.ledger.look(Some(AsOfAsk::Seq(seq)), None, now).unwrap();
        boards(&look.asked())
    }
}

fn usable(path: &std::path::Path) -> Views {
    match Views::open(path).unwrap() {
        Opened::Usable(views) => views,
        Opened::Outdated(why) => panic!("{why}"),
    }
}

fn boards<R: Rows>(asked: &Asked<'_, R>) -> Vec<Vec<u8>> {
    ["q1", "q2", "year"]
        .iter()
        .map(|cycle| serde_json::to_vec(&board(asked, cycle, &BoardAsk::default()).unwrap()).unwrap())
        .collect()
}

fn dump(rows: &impl Rows) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut found = BTreeMap::new();
    for table in TABLES {
        let prefix = Key::of(table);
        rows.scan(&prefix, &prefix, &mut |key, bytes| {
            found.insert(key.to_vec(), bytes.to_vec());
            Ok(true)
        })
        .unwrap();
    }
    found
}

fn folded(events: &[Recorded]) -> Memory {
    let mut rows = Memory::new();
    for event in events {
        apply(&mut rows, event).unwrap();
    }
    rows
}

fn stored(views: &Views) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    views.each_stored(|family, key, bytes| all.push((family.to_owned(), key.to_vec(), bytes.to_vec()))).unwrap();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_history_keeps_every_law(deeds in deeds()) {
        let house = House::open();
        let start = Moment::parse("2025-12-28T09:00:00Z").unwrap().micros();
        let mut author = Author { now: start, count: 0, check_ins: Vec::new(), proposals: Vec::new() };
        let mut recorded = Vec::new();
        let mut seen_then = Vec::new();
        // An empty history tests nothing, so the first quarter is opened in any case.
        let opening: [Deed; 8] = [(0, 0, 0, 1, 0), (3, 0, 1, 1, 0), (3, 3, 1, 1, 0), (5, 0, 30, 1, 0), (5, 4, 30, 1, 0),
            (5, 3, 10, 1, 0), (5, 1, 10, 1, 0), (1, 0, 0, 240, 0)];
        for deed in opening.iter().chain(&deeds) {
            let entry = author.entry(deed);
            if entry.is_empty() {
                continue;
            }
            if let Some(outcome) = house.submit(&entry, author.now) {
                prop_assert!(matches!(outcome, Outcome::Recorded(_)));
                recorded.push((entry, outcome));
                if recorded.len() % 20 == 0 {
                    let seq = house.events().len() as u64;
                    seen_then.push((seq, house.boards(seq)));
                }
            }
        }

        // Sequence numbers are dense; recording times strictly increase from entry to entry.
        let events = house.events();
        prop_assert!(events.iter().map(|event| event.seq).eq(1..=events.len() as u64));
        let Outcome::Recorded(last) = &recorded.last().unwrap().1 else { panic!() };
        prop_assert_eq!(last.last_seq, events.len() as u64);
        let times: Vec<Moment> = recorded.iter().map(|(_, outcome)| receipt(outcome).recorded_at).collect();
        prop_assert!(times.is_sorted_by(|a, b| a < b));

        // A proposed change is applied once, together with its approval.
        let mut made = BTreeSet::new();
        for event in &events {
            let Some(approval) = event.fact.approval() else { continue };
            prop_assert_eq!(&events[event.seq as usize - 2].id, &approval.approval);
            prop_assert!(made.insert(&approval.proposal));
        }
        let approvals = events.iter().filter(|event| event.fact.kind() == Kind::AdjustmentApproved).count();
        prop_assert_eq!(made.len(), approvals);

        // A retry gets the first receipt and records nothing.
        for (entry, outcome) in &recorded {
            let again = house.submit(entry, author.now).unwrap();
            prop_assert_eq!(again, Outcome::Replayed(receipt(outcome).clone()));
        }
        prop_assert_eq!(house.events().len(), events.len());

        // The past never changes, whatever is backdated later.
        for (seq, then) in &seen_then {
            prop_assert_eq!(&house.boards(*seq), then);
        }

        // As of any event, the stored rows equal a fold of the events up to it, and so do the boards.
        let now = Moment::parse("2026-12-01T00:00:00Z").unwrap();
        for seq in [0, 1, 9, events.len() / 3, events.len() / 2, events.len() - 1, events.len()] {
            let rows = folded(&events[..seq]);
            let look = house.ledger.look(Some(AsOfAsk::Seq(seq as u64)), None, now).unwrap();
            let asked = look.asked();
            prop_assert_eq!(dump(asked.rows), dump(&rows), "as of {}", seq);
            prop_assert_eq!(boards(&asked), boards(&Asked { ledger: "a", rows: &rows, as_of: asked.as_of, at: asked.at }));
        }

        // A what-if without omissions equals the actual state.
        let look = house.ledger.look(None, None, now).unwrap();
        for cycle in ["q1", "q2", "year"] {
            match what_if(&house.ledger.past(), &look.asked(), cycle, &WhatIfAsk::default()).unwrap() {
                None => {}
                Some(WhatIfAnswer::Answered(answer)) => {
                    prop_assert_eq!(&answer.actual, &answer.what_if);
                    prop_assert!(answer.omitted.is_empty() && answer.differences.is_empty());
                }
                Some(other) => panic!("{other:?}"),
            }
        }

        // No policy in such a history changes a rule, so each would have accepted the same entries with the same
        // warnings. Under the policy in force nothing changes, unless the cycle was closed under another one.
        let last = policy(&look.asked()).unwrap().version;
        let advised: Vec<&str> =
            recorded.iter().flat_map(|(_, outcome)| &receipt(outcome).warnings).map(|one| one.rule.as_str()).collect();
        let mut found = Vec::new();
        for cycle in ["q1", "q2", "year"] {
            for version in BTreeSet::from([0, last]) {
                let asked = look.asked();
                let answer = under_policy(&house.ledger.past(), &asked, cycle, &PolicyAsk::Version(version), &WhatIfAsk::default()).unwrap();
                let Some(UnderPolicyAnswer::Answered(answer)) = answer else { continue };
                prop_assert_eq!(&answer.omitted, &[] as &[u64]);
                prop_assert!(answer.findings.iter().all(|one| one.severity == Severity::Warn));
                let is_closed = board(&asked, cycle, &BoardAsk::default()).unwrap().unwrap().cycle.state == CycleState::Closed;
                if version == last {
                    prop_assert!(is_closed || answer.actual == answer.what_if);
                    found.extend(answer.findings);
                }
            }
        }
        found.sort_by_key(|one| one.seq);
        prop_assert_eq!(found.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), advised);
        drop(look);

        // Live views equal rebuilt ones, byte for byte.
        let House { journal, folder, ledger, .. } = house;
        drop(ledger);
        let rebuilt = usable(&folder.path().join("rebuilt"));
        catch_up(&rebuilt, &*journal, &mut ()).unwrap();
        let live = usable(&folder.path().join("views"));
        prop_assert!(!stored(&live).is_empty());
        prop_assert_eq!(stored(&live), stored(&rebuilt));
    }
}

fn receipt(outcome: &Outcome) -> &okr_ledger::writer::Receipt {
    match outcome {
        Outcome::Recorded(receipt) | Outcome::Replayed(receipt) | Outcome::Tried(receipt) => receipt,
    }
}
