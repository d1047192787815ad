//! A small history for tests: a list of events, folded again for every query.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that builds a bad history is to fail where it does")]

use std::collections::BTreeMap;

use events::{Category, Fact, Kind, Moment, Recorded, Ref, Submission, Text};
use serde_json::{Value, json};

use super::{AsOf, Asked, History};
use crate::fold::apply;
use crate::rows::{Error, Memory};

/// A ledger in memory, which records events without checking rules.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Recorded events, ordered by seq.
    pub events: Vec<Recorded>,
    given: BTreeMap<Kind, u32>,
}

impl Ledger {
    /// Returns a ledger without events.
    pub fn new() -> Self {
        Ledger::default()
    }

    /// Records an event at the time it happened and returns its seq. `kind` is the type without `okr.`.
    pub fn note(&mut self, time: &str, kind: &str, subject: &str, data: Value) -> u64 {
        self.late(time, time, kind, subject, data)
    }

    /// Records an event some time after it happened and returns its seq. Recording times increase strictly.
    pub fn late(&mut self, recorded_at: &str, time: &str, kind: &str, subject: &str, data: Value) -> u64 {
        let seq = self.last() + 1;
        let event = json!({
            "specversion": "1.0", "id": format!("e{seq}"), "source": "/test", "type": format!("okr.{kind}"),
            "subject": subject, "time": time, "data": data,
        });
        let said = Submission::read(&event, "").unwrap_or_else(|wrong| panic!("{event}: {wrong:?}"));
        let after = self.events.last().and_then(|last| Moment::from_micros(last.recorded_at.micros() + 1));
        let recorded_at = moment(recorded_at);
        let given = self.give(&said.fact);
        self.events.push(Recorded {
            seq,
            recorded_at: after.map_or(recorded_at, |after| after.max(recorded_at)),
            actor: Text::new("tester").expect("a name"),
            given,
            id: said.id,
            source: said.source,
            subject: said.subject,
            time: moment(time),
            datacontenttype: None,
            dataschema: None,
            extensions: said.extensions,
            fact: said.fact,
        });
        seq
    }

    /// Returns the seq of the last event.
    pub fn last(&self) -> u64 {
        self.events.last().map_or(0, |event| event.seq)
    }

    /// Returns the rows as of `seq`.
    pub fn rows(&self, seq: u64) -> Memory {
        let mut rows = Memory::new();
        for event in self.events.iter().take_while(|event| event.seq <= seq) {
            apply(&mut rows, event).expect("memory takes every row");
        }
        rows
    }

    /// Returns a query over rows of this ledger as of `seq`, with dates judged at `at`.
    pub fn asked<'a>(&self, rows: &'a Memory, seq: u64, at: &str) -> Asked<'a, Memory> {
        let recorded_at = History::recorded_at(self, seq).expect("memory does not fail");
        Asked { ledger: "test", rows, as_of: AsOf { seq, recorded_at }, at: moment(at) }
    }

    /// Returns a quarter in progress: cycle `q2` (April to June 2026, Berlin), objective `trial` with the key results
    /// `paid` (14 → 22 %) and `cac` (1100 → 800 USD, decreasing), without check-ins.
    pub fn quarter() -> Self {
        let mut ledger = Ledger::new();
        ledger.open("q2", "2026-03-20T09:00:00Z");
        ledger.objective("q2", "trial", "2026-03-21T09:00:00Z");
        ledger.key_result("trial", "paid", ("increase", "%"), (14, 22), "2026-03-22T09:00:00Z");
        ledger.key_result("trial", "cac", ("decrease", "USD"), (1100, 800), "2026-03-23T09:00:00Z");
        ledger.note("2026-04-01T07:00:00Z", "cycle.started", "q2", json!({}));
        ledger
    }

    /// Opens a cycle from April to June 2026 in Berlin.
    pub fn open(&mut self, id: &str, time: &str) {
        let data = json!({"title": id, "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
            "time_zone": "Europe/Berlin"});
        self.note(time, "cycle.opened", id, data);
    }

    /// Drafts a company objective.
    pub fn objective(&mut self, cycle: &str, id: &str, time: &str) {
        let data = json!({"cycle": cycle, "title": format!("Objective {id}"), "level": "company", "owner": "Ada",
            "ambition": "committed"});
        self.note(time, "objective.drafted", id, data);
    }

    /// Drafts a key result (kind and unit, baseline and target) and sets its baseline.
    pub fn key_result(&mut self, objective: &str, id: &str, metric: (&str, &str), way: (u32, u32), time: &str) {
        let metric = json!({"name": id, "unit": metric.1, "kind": metric.0});
        let data = json!({"objective": objective, "title": format!("Key result {id}"), "owner": "Ben",
            "metric": metric, "target": way.1});
        self.note(time, "key_result.drafted", id, data);
        let measured = json!({"value": way.0, "measured_on": "2026-03-15", "method": "the books"});
        self.note(time, "key_result.baseline_set", id, measured);
    }

    /// Records a check-in at the time it describes.
    pub fn check_in(&mut self, time: &str, key_result: &str, data: Value) -> u64 {
        self.note(time, "check_in.recorded", key_result, data)
    }

    /// Changes a target with a valid justification.
    pub fn adjust(&mut self, time: &str, key_result: &str, target: u32) -> u64 {
        let data = json!({"changes": {"target": {"to": target}}, "justification": justification()});
        self.note(time, "key_result.adjusted", key_result, data)
    }

    fn give(&mut self, fact: &Fact) -> Option<Ref> {
        let kind = fact.kind();
        let to_ref = match kind.category() == Category::Draft {
            true if kind == Kind::ObjectiveDrafted => Ref::objective,
            true => Ref::key_result,
            false => return None,
        };
        let number = self.given.entry(kind).or_default();
        *number += 1;
        Some(to_ref(*number))
    }
}

impl History for Ledger {
    type Rows<'a> = Memory;

    fn as_of(&self, seq: u64) -> Result<Memory, Error> {
        Ok(self.rows(seq))
    }

    fn recorded_at(&self, seq: u64) -> Result<Option<Moment>, Error> {
        Ok(self.events.iter().find(|event| event.seq == seq).map(|event| event.recorded_at))
    }

    fn seq_at(&self, moment: Moment) -> Result<u64, Error> {
        Ok(self.events.iter().filter(|event| event.recorded_at <= moment).map(|event| event.seq).max().unwrap_or(0))
    }

    fn event(&self, seq: u64) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.events.iter().find(|event| event.seq == seq).map(Recorded::encode))
    }

    fn events(&self, after: u64, limit: usize) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let following = self.events.iter().filter(|event| event.seq > after).take(limit);
        Ok(following.map(|event| (event.seq, event.encode())).collect())
    }
}

/// Returns a justification that passes all rules.
pub fn justification() -> Value {
    json!({"cause": "external_change", "statement": "Advertising prices rose for everyone in May",
        "circumstances": "The auction price went up by a tenth", "preserves_objective": true})
}

/// Parses an RFC 3339 time.
pub fn moment(text: &str) -> Moment {
    Moment::parse(text).expect("an RFC 3339 time")
}
