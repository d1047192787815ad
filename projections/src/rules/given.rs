//! Given / when / then for the rules: given recorded events, when an event is submitted, then it is recorded, warned
//! about or refused by the real rules.

use events::{Context, Fact, Moment, Policy, Recorded, Ref, Submission, Violation};
use serde_json::{Value, json};

use super::entry::decide_counted;
use super::{Accepted, No, Proposal, Refusal, Situation, Warning, decide};
use crate::apply;
use crate::rows::{Memo, Memory, Overlay, RowsMut as _, Work, policy_in_force};

/// The default clock: a Monday in the middle of the second quarter of 2026.
pub(crate) const NOW: &str = "2026-05-04T09:00:00Z";

/// An event to submit.
#[derive(Clone)]
pub(crate) struct Submitted(Value);

/// Creates an event to submit. `kind` is its type without `okr.`.
pub(crate) fn submitted(kind: &str, subject: &str, data: Value) -> Submitted {
    let event = json!({"specversion": "1.0", "source": "/people/tester", "type": format!("okr.{kind}"),
        "subject": subject, "data": data});
    Submitted(event)
}

impl Submitted {
    /// Sets the time it happened.
    pub(crate) fn at(mut self, time: &str) -> Self {
        self.0["time"] = time.into();
        self
    }

    /// Sets the source, who submits it.
    pub(crate) fn by(mut self, source: &str) -> Self {
        self.0["source"] = source.into();
        self
    }

    /// Sets the event id, for tests that refer to it.
    pub(crate) fn named(mut self, id: &str) -> Self {
        self.0["id"] = id.into();
        self
    }

    fn submission(mut self, id: &str) -> Submission {
        if self.0.get("id").is_none() {
            self.0["id"] = id.into();
        }
        Submission::read(&self.0, "").unwrap_or_else(|wrong| panic!("{}: {wrong:?}", self.0))
    }
}

/// The recorded events, as rows, and the clock.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) rows: Memory,
    last: u64,
    now: Moment,
    recorded_at: Option<Moment>,
    if_match: Option<u64>,
}

/// Returns a ledger with only these events.
pub(crate) fn given(events: impl IntoIterator<Item = Submitted>) -> Given {
    events
        .into_iter()
        .fold(Given { rows: Memory::new(), last: 0, now: moment(NOW), recorded_at: None, if_match: None }, Given::and)
}

/// Parses an RFC 3339 time.
pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text).expect("an RFC 3339 time")
}

impl Given {
    /// Adds events recorded in one entry. Panics if the rules refuse it.
    pub(crate) fn and_all(mut self, events: impl IntoIterator<Item = Submitted>) -> Given {
        let then = self.clone().when_all(events);
        let accepted = then.answer.unwrap_or_else(|refusal| panic!("the given history was refused: {refusal:?}"));
        self.take(&accepted.events);
        self
    }

    /// Adds a recorded event. Panics if the rules refuse it.
    pub(crate) fn and(mut self, event: Submitted) -> Given {
        let then = self.clone().when(event);
        let accepted = then.answer.unwrap_or_else(|refusal| panic!("the given history was refused: {refusal:?}"));
        self.take(&accepted.events);
        assert_eq!(self.rows, then.rows, "deciding and folding lead to the same rows");
        self
    }

    /// Adds an event from an imported copy, unchecked by the rules.
    pub(crate) fn and_copied(self, event: Submitted) -> Given {
        self.copied(None, event)
    }

    /// Adds an event from an imported copy, with the ref assigned there.
    pub(crate) fn and_copied_as(self, given: &str, event: Submitted) -> Given {
        self.copied(Some(given.parse().expect("a ref")), event)
    }

    fn copied(mut self, given: Option<Ref>, event: Submitted) -> Given {
        let submission = event.submission(&format!("g{}", self.last + 1));
        let copied = Recorded {
            seq: self.last + 1,
            recorded_at: self.now,
            actor: submission.source.clone(),
            given,
            id: submission.id,
            source: submission.source,
            subject: submission.subject,
            time: submission.time.unwrap_or(self.now),
            datacontenttype: None,
            dataschema: None,
            extensions: submission.extensions,
            fact: submission.fact,
        };
        self.take(&[copied]);
        self
    }

    /// Adopts a policy with this part.
    pub(crate) fn and_policy(self, part: Value) -> Given {
        self.and(submitted("policy.adopted", "policy", part))
    }

    /// Adopts a policy with this severity for a rule.
    pub(crate) fn and_rule(self, rule: &str, severity: &str) -> Given {
        self.and_policy(json!({"rules": {rule: severity}}))
    }

    /// Sets the ledger's clock from here on.
    pub(crate) fn at(mut self, now: &str) -> Given {
        self.now = moment(now);
        self
    }

    /// Sets the time of recording, if it differs from the clock.
    pub(crate) fn recording_at(mut self, recorded_at: &str) -> Given {
        self.recorded_at = Some(moment(recorded_at));
        self
    }

    /// Sets `if_match`: the last event the submitter has seen.
    pub(crate) fn having_seen(mut self, seq: u64) -> Given {
        self.if_match = Some(seq);
        self
    }

    /// Returns the seq of the last event.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Returns the policy in force.
    pub(crate) fn policy(&self) -> Policy {
        policy_in_force(&self.rows).expect("memory does not fail").into_owned()
    }

    /// Submits one event.
    pub(crate) fn when(self, event: Submitted) -> Then {
        self.submit(vec![event], false)
    }

    /// Submits several events as one entry.
    pub(crate) fn when_all(self, events: impl IntoIterator<Item = Submitted>) -> Then {
        self.submit(events.into_iter().collect(), true)
    }

    /// Returns the work of deciding on these events as one entry, and the answer.
    pub(crate) fn work_of(&self, events: impl IntoIterator<Item = Submitted>) -> (Work, Result<Accepted, Refusal>) {
        let (mut proposal, situation) = self.proposed(events.into_iter().collect(), true);
        let mut overlay = Overlay::over(&self.rows);
        let (answer, work) = decide_counted(&mut overlay, &mut proposal, situation);
        (work, answer.expect("memory does not fail"))
    }

    fn submit(mut self, events: Vec<Submitted>, is_list: bool) -> Then {
        let (mut proposal, situation) = self.proposed(events, is_list);
        let mut overlay = Overlay::over(&self.rows);
        let answer = decide(&mut overlay, &mut proposal, situation).expect("memory does not fail");
        let written = overlay.into_writes();
        if answer.is_ok() {
            for (seq, key, row) in written.iter() {
                self.rows.put(*seq, key.clone(), row.bytes(), Memo::default()).expect("memory does not fail");
            }
        }
        Then { answer, rows: self.rows }
    }

    pub(crate) fn proposed(&self, events: Vec<Submitted>, is_list: bool) -> (Proposal, Situation) {
        let next_seq = self.last + 1;
        let submission = |(n, event): (usize, Submitted)| event.submission(&format!("e{next_seq}.{n}"));
        let submissions = events.into_iter().enumerate().map(submission).collect();
        let proposal = Proposal { submissions, is_list, if_match: self.if_match };
        (proposal, Situation { now: self.now, recorded_at: self.recorded_at.unwrap_or(self.now), next_seq })
    }

    fn take(&mut self, events: &[Recorded]) {
        for event in events {
            apply(&mut self.rows, event).expect("memory does not fail");
            self.last = event.seq;
        }
    }
}

/// The answer of the rules.
pub(crate) struct Then {
    answer: Result<Accepted, Refusal>,
    /// The rows after the answer.
    rows: Memory,
}

impl Then {
    /// Asserts that the entry is recorded without warnings.
    #[track_caller]
    pub(crate) fn then_recorded(self) -> Vec<Recorded> {
        self.then_warned([])
    }

    /// Asserts that the entry is recorded with exactly these warnings.
    #[track_caller]
    pub(crate) fn then_warned<const N: usize>(self, rules: [&str; N]) -> Vec<Recorded> {
        let accepted = self.answer.unwrap_or_else(|refusal| panic!("the entry was refused: {refusal:?}"));
        let found: Vec<&str> = accepted.warnings.iter().map(|warning| warning.rule.as_str()).collect();
        assert_eq!(found, rules, "{:?}", accepted.warnings);
        accepted.events
    }

    /// Asserts that the entry is recorded with one warning, by `rule`. Returns its message.
    #[track_caller]
    pub(crate) fn then_advised(self, rule: &str) -> String {
        let accepted = self.answer.unwrap_or_else(|refusal| panic!("the entry was refused: {refusal:?}"));
        let [warning] = accepted.warnings.as_slice() else { panic!("{:?}", accepted.warnings) };
        assert_eq!(warning.rule, rule);
        warning.message.clone()
    }

    /// Asserts that the entry is recorded. Returns its warnings.
    #[track_caller]
    pub(crate) fn then_warned_with(self) -> Vec<Warning> {
        self.answer.unwrap_or_else(|refusal| panic!("the entry was refused: {refusal:?}")).warnings
    }

    /// Asserts that the entry is refused. Returns the violations.
    #[track_caller]
    pub(crate) fn then_refused_with(self, no: No) -> Vec<Violation> {
        let refusal = self.answer.expect_err("the entry should be refused");
        assert_eq!(refusal.no, no, "{:?}", refusal.violations);
        refusal.violations
    }

    /// Asserts that the entry is refused with exactly these violations. Returns their messages.
    #[track_caller]
    pub(crate) fn then_refused<const N: usize>(self, no: No, objections: [(&str, &str); N]) -> Vec<String> {
        let refusal = self.answer.expect_err("the entry should be refused");
        let found: Vec<(&str, &str)> =
            refusal.violations.iter().map(|found| (found.pointer.as_str(), found.rule.as_str())).collect();
        assert_eq!((found.as_slice(), refusal.no), (objections.as_slice(), no), "{:?}", refusal.violations);
        refusal.violations.into_iter().map(|found| found.message).collect()
    }
}

/// Returns the context that the ledger stamped into an adjustment or an amendment.
pub(crate) fn context(event: &Recorded) -> &Context {
    let context = match &event.fact {
        Fact::KeyResultAdjusted(data) => &data.context,
        Fact::ObjectiveAmended(data) => &data.context,
        other => panic!("{other:?} has no context"),
    };
    context.as_ref().expect("the ledger stamps a context")
}

/// Checks a rule in each severity: silent, a warning, and a refusal at `pointer`.
#[track_caller]
pub(crate) fn in_each_severity(rule: &str, given: &Given, event: &Submitted, pointer: &str) {
    given.clone().and_rule(rule, "off").when(event.clone()).then_recorded();
    given.clone().and_rule(rule, "warn").when(event.clone()).then_warned([rule]);
    let says = given.clone().and_rule(rule, "refuse").when(event.clone()).then_refused(No::Invalid, [(pointer, rule)]);
    assert!(says[0].ends_with("(refused by policy version 1)"), "{says:?}");
}

/// Returns the second quarter of 2026 in Berlin while it is planned: objective `trial` with the key results `paid` (14
/// → 22 %) and `cac` (1100 → 800 USD, falling).
pub(crate) fn planned() -> Given {
    let metric = |unit: &str, kind: &str| json!({"name": "metric", "unit": unit, "kind": kind});
    given([
        opened("q2", "Europe/Berlin"),
        submitted("objective.drafted", "trial", objective("q2")),
        submitted("key_result.drafted", "paid", key_result("trial", metric("%", "increase"), 22)),
        submitted("key_result.drafted", "cac", key_result("trial", metric("USD", "decrease"), 800)),
        baseline("paid", 14),
        baseline("cac", 1100),
    ])
}

/// Returns the same quarter after its start.
pub(crate) fn under_way() -> Given {
    planned().and(submitted("cycle.started", "q2", json!({})).at("2026-04-01T07:00:00Z"))
}

/// Returns the same quarter after its closing.
pub(crate) fn closed() -> Given {
    under_way().and(submitted("cycle.closed", "q2", json!({"note": "a good one"})))
}

/// Returns the opening of a quarter.
pub(crate) fn opened(id: &str, time_zone: &str) -> Submitted {
    let data = json!({"title": id, "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
        "time_zone": time_zone});
    submitted("cycle.opened", id, data)
}

/// Returns the data of a company objective.
pub(crate) fn objective(cycle: &str) -> Value {
    json!({"cycle": cycle, "title": "Make the trial frictionless", "level": "company", "owner": "Ada Lovelace",
        "ambition": "committed"})
}

/// Returns the data of a key result with a target.
pub(crate) fn key_result(objective: &str, metric: Value, target: u32) -> Value {
    json!({"objective": objective, "title": "Raise the share who pay", "owner": "Ben", "metric": metric,
        "target": target})
}

/// Returns the setting of a baseline.
pub(crate) fn baseline(key_result: &str, value: u32) -> Submitted {
    let data = json!({"value": value, "measured_on": "2026-03-15", "method": "the books of the last quarter"});
    submitted("key_result.baseline_set", key_result, data)
}

pub(crate) fn check_in(key_result: &str, data: Value) -> Submitted {
    submitted("check_in.recorded", key_result, data)
}

/// Returns an adjustment with a valid justification.
pub(crate) fn adjusted(key_result: &str, changes: Value) -> Submitted {
    submitted("key_result.adjusted", key_result, json!({"changes": changes, "justification": justification()}))
}

/// Returns a valid justification.
pub(crate) fn justification() -> Value {
    json!({"cause": "external_change", "statement": "Advertising prices rose for everyone in May",
        "circumstances": "The auction price went up by a tenth", "preserves_objective": true})
}

/// Replaces some fields of `base`; null removes a field.
pub(crate) fn with(mut base: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("fields are an object") };
    for (name, value) in fields {
        match (value.is_null(), base.as_object_mut()) {
            (true, Some(base)) => _ = base.remove(&name),
            (false, Some(base)) => _ = base.insert(name, value),
            (_, None) => panic!("the base is an object"),
        }
    }
    base
}
