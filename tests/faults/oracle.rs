//! The oracle: it knows the submitted entries and their answers, and judges the contents of the ledger.

use std::collections::BTreeMap;

use events::Moment;
use serde_json::{Value, json};

use crate::door::{Answer, Door, all_events};

/// The submitted entries, under the id of each entry's first event.
#[derive(Debug, Default, Clone)]
pub(crate) struct Oracle {
    sent: BTreeMap<String, Vec<Value>>,
    receipts: BTreeMap<String, Value>,
}

/// The verdict on a ledger.
#[derive(Debug, Default)]
pub(crate) struct Judgement {
    /// Acknowledged events.
    pub(crate) answered: u64,
    /// Events in the ledger.
    pub(crate) found: u64,
    /// Acknowledged events missing from the ledger.
    pub(crate) lost: u64,
    /// Events recorded more than once.
    pub(crate) twice: u64,
    /// Skipped sequence numbers.
    pub(crate) gaps: u64,
    /// All other violations.
    pub(crate) wrong: Vec<String>,
}

impl Judgement {
    pub(crate) fn is_sound(&self) -> bool {
        self.lost + self.twice + self.gaps == 0 && self.wrong.is_empty()
    }

    pub(crate) fn add(&mut self, other: Judgement) {
        self.answered += other.answered;
        self.found += other.found;
        self.lost += other.lost;
        self.twice += other.twice;
        self.gaps += other.gaps;
        self.wrong.extend(other.wrong);
    }

    pub(crate) fn wrong(says: impl Into<String>) -> Judgement {
        Judgement { wrong: vec![says.into()], ..Judgement::default() }
    }
}

impl Oracle {
    pub(crate) fn is_sent(&mut self, entry: &[Value]) {
        self.sent.insert(id(&entry[0]).to_owned(), entry.to_vec());
    }

    pub(crate) fn is_answered(&mut self, entry: &[Value], receipt: Value) {
        self.is_sent(entry);
        self.receipts.insert(id(&entry[0]).to_owned(), receipt);
    }

    pub(crate) fn merge(&mut self, other: Oracle) {
        self.sent.extend(other.sent);
        self.receipts.extend(other.receipts);
    }

    /// Returns the submitted entries without an answer.
    pub(crate) fn unanswered(&self) -> Vec<Vec<Value>> {
        let open = self.sent.iter().filter(|(id, _)| !self.receipts.contains_key(*id));
        open.map(|(_, entry)| entry.clone()).collect()
    }

    /// Judges all events: each acknowledged event once, as submitted and with the sequence number and time of its
    /// receipt; entries complete; sequence numbers dense; times increasing from entry to entry.
    pub(crate) fn judge(&self, door: &dyn Door) -> Judgement {
        let mut judgement = Judgement::default();
        let events = match all_events(door) {
            Ok(events) => events,
            Err(says) => return Judgement::wrong(says),
        };
        judgement.found = events.len() as u64;
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (at, event) in events.iter().enumerate() {
            judgement.gaps += u64::from(event["seq"] != at + 1);
            judgement.twice += u64::from(places.insert(id(event), at).is_some());
        }
        let mut ours = 0;
        for (first, entry) in &self.sent {
            let receipt = self.receipts.get(first);
            judgement.answered += receipt.map_or(0, |_| entry.len() as u64);
            let there = entry.iter().filter(|event| places.contains_key(id(event))).count();
            ours += there;
            if receipt.is_some() && there < entry.len() {
                judgement.lost += (entry.len() - there) as u64;
                continue;
            }
            if there != 0 && there != entry.len() {
                judgement.wrong.push(format!("{there} of {} events of the entry {first}", entry.len()));
                continue;
            }
            if there > 0 {
                let at = places[first.as_str()];
                let stored = &events[at..events.len().min(at + entry.len())];
                judgement.wrong.extend(differences(entry, stored, receipt));
            }
        }
        if ours as u64 != judgement.found {
            judgement.wrong.push(format!("{} events that nobody sent", judgement.found - ours as u64));
        }
        for pair in events.windows(2) {
            let [before, after] =
                [0, 1].map(|n| Moment::parse(pair[n]["recordedtime"].as_str().unwrap_or_default()).ok());
            let begins = self.sent.contains_key(id(&pair[1]));
            if if begins { before >= after } else { before != after } {
                judgement.wrong.push(format!("{before:?} before {after:?} at seq {}", pair[1]["seq"]));
            }
        }
        judgement
    }

    /// Resubmits all unanswered entries, which must be recorded before or now, and a few answered ones, which must get
    /// their first receipt.
    pub(crate) fn retry(&mut self, door: &dyn Door, rng: &mut fastrand::Rng) -> Vec<String> {
        let mut wrong = Vec::new();
        for entry in self.unanswered() {
            match door.record(&entry) {
                Ok((200 | 201, receipt)) => self.is_answered(&entry, receipt),
                other => wrong.push(format!("an unanswered entry, sent again: {other:?}")),
            }
        }
        let known: Vec<&String> = self.receipts.keys().collect();
        for _ in 0..known.len().min(5) {
            let first = known[rng.usize(..known.len())];
            match door.record(&self.sent[first]) {
                Ok((200, receipt)) if receipt == self.receipts[first] => {}
                other => wrong.push(format!("{first} sent again: {other:?} for {}", self.receipts[first])),
            }
        }
        wrong
    }
}

/// Returns the differences between stored events and an entry with its receipt.
fn differences(entry: &[Value], stored: &[Value], receipt: Option<&Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (n, sent) in entry.iter().enumerate() {
        let Some(stored) = stored.get(n) else {
            wrong.push(format!("{} is not behind the rest of its entry", id(sent)));
            continue;
        };
        let is_same = ["id", "type", "subject", "source", "data"].iter().all(|field| sent[field] == stored[field]);
        if !is_same {
            wrong.push(format!("sent {sent}, stored {stored}"));
        }
        if let Some(receipt) = receipt
            && (receipt["events"][n]["seq"] != stored["seq"]
                || receipt["events"][n]["id"] != stored["id"]
                || receipt["recorded_at"] != stored["recordedtime"])
        {
            wrong.push(format!("receipt {receipt}, stored {stored}"));
        }
    }
    wrong
}

fn id(event: &Value) -> &str {
    event["id"].as_str().unwrap_or_default()
}

/// A ledger that returns these events.
struct Told(Vec<Value>);

impl Door for Told {
    fn send(&self, _method: &str, path: &str, _body: &str) -> Result<Answer, String> {
        let events = if path.contains("after=0&") { &*self.0 } else { &[] };
        let body = json!({"events": events}).to_string().into_bytes();
        Ok(Answer { status: 200, body })
    }
}

#[test]
fn the_oracle_sees_what_is_lost_twice_skipped_halved_and_altered() {
    let sent = |id: &str| json!({"id": id, "type": "t", "subject": "s", "source": "/x", "data": {"value": 1}});
    let stored = |id: &str, seq: u64, second: u64| {
        let mut event = sent(id);
        event["seq"] = json!(seq);
        event["recordedtime"] = json!(format!("2026-05-04T09:00:{second:02}Z"));
        event
    };
    let entries = [vec![sent("a")], vec![sent("b"), sent("c")], vec![sent("d")]];
    let whole = [stored("a", 1, 1), stored("b", 2, 2), stored("c", 3, 2), stored("d", 4, 3)];
    let mut oracle = Oracle::default();
    let mut answered = |entry: &[Value], from: usize| {
        let told = &whole[from..from + entry.len()];
        let events: Vec<Value> = told.iter().map(|event| json!({"seq": event["seq"], "id": event["id"]})).collect();
        oracle.is_answered(entry, json!({"recorded_at": told[0]["recordedtime"], "events": events}));
    };
    answered(&entries[0], 0);
    answered(&entries[1], 1);
    oracle.is_sent(&entries[2]);
    let judge = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut events = whole.to_vec();
        change(&mut events);
        let Judgement { lost, twice, gaps, wrong, .. } = oracle.judge(&Told(events));
        (lost, twice, gaps, wrong.len())
    };
    assert_eq!(judge(&|_| {}), (0, 0, 0, 0));
    assert_eq!(judge(&|events| drop(events.pop())), (0, 0, 0, 0), "nobody was answered about it");
    assert_eq!(judge(&|events| events.truncate(2)), (1, 0, 0, 0));
    assert_eq!(judge(&|events| events.truncate(0)), (3, 0, 0, 0));
    assert_eq!(judge(&|events| events[3]["seq"] = json!(5)), (0, 0, 1, 0));
    assert_eq!(judge(&|events| events.push(stored("d", 5, 4))), (0, 1, 0, 1));
    assert_eq!(judge(&|events| events.push(stored("z", 5, 4))), (0, 0, 0, 2), "sent by nobody");
    assert_eq!(judge(&|events| events[0]["data"]["value"] = json!(2)), (0, 0, 0, 1));
    assert_eq!(judge(&|events| events[3]["recordedtime"] = json!("2026-05-04T09:00:02Z")), (0, 0, 0, 1));
    assert_eq!(judge(&|events| events[0]["recordedtime"] = json!("2026-05-04T09:00:00Z")), (0, 0, 0, 1));
}
