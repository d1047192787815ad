//! The demo quarter as it happened: entry by entry, each with the moment of its recording.

use chrono::{DateTime, Duration, Utc};
use events::Moment;
use serde_json::{Map, Value, json};

use super::quarter::{
    CONFIDENCE_WEEKS, CYCLE, FOUNDER, HEAD_OF_PRODUCT, KeyResult, LATE, MISTYPED, MISTYPED_REASON, NORTH_STAR,
    OBJECTIVES, OWNERS, REMARKS, TEAMS, THEMES, WEEKS,
};

/// Events submitted together, with the moment.
pub(super) struct Entry {
    pub recorded_at: Moment,
    /// CloudEvents in JSON, in the form that a client sends.
    pub events: Vec<Value>,
}

/// Returns the whole quarter.
pub(super) fn entries() -> Vec<Entry> {
    let mut script = Script { entries: Vec::new(), events: 0 };
    script.plan();
    script.start();
    for week in 1..=WEEKS {
        script.check_in(week);
        match week {
            3 => script.correct_the_mistyped_value(),
            7 => script.adjust_the_target(),
            _ => {}
        }
    }
    script.score();
    script.look_back();
    script.close();
    script.entries
}

/// Returns the time of a week's check-ins: Monday at nine in Madrid.
pub(super) fn monday(week: usize) -> DateTime<Utc> {
    at("2026-04-06T07:00:00Z") + Duration::weeks(week as i64 - 1)
}

struct Script {
    entries: Vec<Entry>,
    events: usize,
}

/// An event without an id.
struct Said {
    source: String,
    kind: &'static str,
    subject: String,
    time: DateTime<Utc>,
    data: Value,
    attributes: Vec<(&'static str, Value)>,
}

fn said(who: &str, kind: &'static str, subject: &str, time: DateTime<Utc>, data: Value) -> Said {
    let source = format!("/people/{}", who.to_lowercase().replace(' ', "-"));
    Said { source, kind, subject: subject.to_owned(), time, data, attributes: Vec::new() }
}

impl Script {
    fn record(&mut self, recorded_at: DateTime<Utc>, saids: Vec<Said>) {
        let events = saids.into_iter().map(|said| self.event(said)).collect();
        self.entries.push(Entry { recorded_at: Moment::from(recorded_at), events });
    }

    fn event(&mut self, said: Said) -> Value {
        self.events += 1;
        let mut event = json!({
            "specversion": "1.0",
            "id": format!("ts-2026-q2-{:03}", self.events),
            "source": said.source,
            "type": said.kind,
            "subject": said.subject,
            "time": said.time.to_rfc3339(),
            "data": said.data,
        });
        for (name, value) in said.attributes {
            event[name] = value;
        }
        event
    }

    /// Adds the planning: the cycle, then the goals, their baselines and their targets. No target without a measured baseline.
    fn plan(&mut self) {
        let time = at("2026-03-16T08:30:00Z");
        let policy = json!({"rules": {"own_adjustment": "refuse"}});
        let mut frame = vec![said(FOUNDER, "okr.policy.adopted", "policy", time, policy)];
        for team in TEAMS {
            frame.push(said(FOUNDER, "okr.team.formed", team.id, time, json!({"name": team.name})));
        }
        let year = json!({"title": "2026", "kind": "year", "starts_on": "2026-01-01", "ends_on": "2026-12-31",
            "time_zone": "Europe/Madrid"});
        frame.push(said(FOUNDER, "okr.cycle.opened", "2026", time, year));
        let quarter = json!({"title": "2026 Q2", "kind": "quarter", "starts_on": "2026-04-01",
            "ends_on": "2026-06-30", "time_zone": "Europe/Madrid", "parent": "2026"});
        frame.push(said(FOUNDER, "okr.cycle.opened", CYCLE, time, quarter));
        self.record(at("2026-03-16T08:41:07Z"), frame);

        let time = at("2026-03-17T09:00:00Z");
        let (name, unit) = NORTH_STAR;
        let themes = THEMES.map(|theme| {
            let data = json!({"cycle": CYCLE, "title": theme.title, "lever": theme.lever,
                "north_star": {"name": name, "unit": unit}});
            said(FOUNDER, "okr.theme.declared", theme.id, time, data)
        });
        self.record(at("2026-03-17T09:12:44Z"), themes.into());

        for (n, objective) in OBJECTIVES.iter().enumerate() {
            let time = at("2026-03-23T09:00:00Z") + Duration::minutes(20 * n as i64);
            let data = json!({"cycle": CYCLE, "title": objective.title, "description": objective.description,
                "level": "company", "team": objective.team, "owner": objective.owner, "ambition": "aspirational",
                "themes": [objective.theme]});
            let mut drafts = vec![said(objective.owner, "okr.objective.drafted", objective.id, time, data)];
            for key_result in &objective.key_results {
                let metric = json!({"name": key_result.metric, "unit": key_result.unit, "kind": key_result.kind});
                let data = json!({"objective": objective.id, "title": key_result.title, "owner": key_result.owner,
                    "metric": metric});
                drafts.push(said(objective.owner, "okr.key_result.drafted", key_result.id, time, data));
            }
            self.record(time + Duration::seconds(421), drafts);
        }

        self.by_owner(at("2026-03-25T14:00:00Z"), |key_result, time| {
            let data = json!({"value": number(key_result.baseline), "measured_on": key_result.measured_on,
                "method": key_result.method});
            said(key_result.owner, "okr.key_result.baseline_set", key_result.id, time, data)
        });
        self.by_owner(at("2026-03-27T10:00:00Z"), |key_result, time| {
            let data = json!({"value": number(key_result.target)});
            said(key_result.owner, "okr.key_result.target_set", key_result.id, time, data)
        });
    }

    fn start(&mut self) {
        let start = said(FOUNDER, "okr.cycle.started", CYCLE, at("2026-04-01T07:00:00Z"), json!({}));
        self.record(at("2026-04-01T07:02:18Z"), vec![start]);
    }

    /// Adds one entry per owner with an event for each of their key results, some minutes after `time`.
    fn by_owner(&mut self, time: DateTime<Utc>, say: impl Fn(&KeyResult, DateTime<Utc>) -> Said) {
        for (owner, minutes) in OWNERS {
            let saids = of_owner(owner).map(|key_result| say(key_result, time)).collect();
            self.record(time + Duration::minutes(minutes.into()), saids);
        }
    }

    fn check_in(&mut self, week: usize) {
        let time = monday(week);
        let mut late = None;
        for (n, (owner, minutes)) in OWNERS.into_iter().enumerate() {
            let check_ins: Vec<Said> = of_owner(owner)
                .map(|key_result| said(owner, "okr.check_in.recorded", key_result.id, time, check_in(key_result, week)))
                .collect();
            if (week, owner) == LATE {
                late = Some(check_ins);
                continue;
            }
            // Vary the seconds: nobody finishes at the same second every Monday.
            let jitter = (week * 97 + n * 31) % 240;
            self.record(time + Duration::minutes(minutes.into()) + Duration::seconds(jitter as i64), check_ins);
        }
        if let Some(check_ins) = late {
            self.record(time + Duration::days(2) + Duration::seconds(34_937), check_ins);
        }
    }

    fn correct_the_mistyped_value(&mut self) {
        let (week, id, typed) = MISTYPED;
        let key_result = key_result(id);
        let mistyped = self
            .entries
            .iter()
            .flat_map(|entry| &entry.events)
            .find(|event| event["subject"] == id && event["data"]["value"] == number(typed))
            .map(|event| event["id"].clone())
            .unwrap();
        let data = json!({"corrects": mistyped, "value": number(key_result.values[week - 1]),
            "reason": MISTYPED_REASON});
        let time = monday(week) + Duration::hours(25);
        let correction = said(key_result.owner, "okr.check_in.corrected", id, time, data);
        self.record(time + Duration::seconds(38), vec![correction]);
    }

    /// Adds the only invented event of the quarter, which is marked as such: the method's example has no adjustment.
    fn adjust_the_target(&mut self) {
        let data = json!({
            "changes": {"target": {"to": 800}},
            "justification": {
                "cause": "external_change",
                "statement": "The outreach suite's vendor raised its price, which adds about $50 to each customer won.",
                "circumstances": "Made up for the demo. The vendor's new price list holds since 15 May 2026, for all of \
                                  its customers. Calls, replies and the share that buys are as they were.",
                "preserves_objective": true,
                "evidence": ["https://example.com/outreach-suite/price-list-2026-05-15"],
            },
        });
        let time = at("2026-05-19T08:30:00Z");
        // The policy forbids adjusting one's own goal: the key result is the Founder's, so another person records the
        // decision.
        let mut adjustment = said(HEAD_OF_PRODUCT, "okr.key_result.adjusted", "kr-outbound-cac", time, data);
        adjustment.attributes.push(("illustrative", json!(true)));
        self.record(at("2026-05-19T08:34:52Z"), vec![adjustment]);
    }

    /// Adds the scoring session, on the last day of the quarter: learning, not judgement.
    fn score(&mut self) {
        for (n, objective) in OBJECTIVES.iter().enumerate() {
            let time = at("2026-06-30T12:00:00Z") + Duration::minutes(20 * n as i64);
            let grade = |key_result: &KeyResult| {
                let data = json!({"score": number(key_result.grade), "rationale": key_result.rationale});
                said(key_result.owner, "okr.key_result.scored", key_result.id, time, data)
            };
            self.record(time + Duration::seconds(977), objective.key_results.iter().map(grade).collect());
        }
    }

    fn look_back(&mut self) {
        let time = at("2026-06-30T13:15:00Z");
        let trial = json!({
            "went_well": ["Test users on paper in week 1 showed what mattered: one mailbox, connected"],
            "went_badly": ["Four weeks went by before anybody said that mailbox-connect had no engineer"],
            "learnings": ["A key result can't move before what it depends on has an owner"],
            "actions": ["Head of Product names each objective's technical dependencies in planning week"],
        });
        let quarter = json!({
            "went_well": [
                "Thirteen Mondays, nine key results, none forgotten",
                "Confidence fell to 5 in week 5 and was talked about: the mid-quarter review moved an engineer, and by \
                 week 7 it was back at 7",
            ],
            "went_badly": [
                "The new onboarding hung on a technical dependency that nobody had named in planning week",
                "One theme had no objective: agencies waited all quarter",
            ],
            "learnings": [
                "Logo churn at 1.0 was too conservative; net revenue retention at 0.7 was the right ambition",
                "A baseline with its method ends the quarrel about the figure before it starts",
            ],
            "actions": [
                "Dependencies become a line of the planning sheet",
                "Q3: logo churn at most 1.5 %",
                "Give the agencies an objective, or drop the theme",
            ],
        });
        self.record(
            at("2026-06-30T13:52:30Z"),
            vec![
                said(HEAD_OF_PRODUCT, "okr.retrospective.recorded", "o-frictionless-trial", time, trial),
                said(FOUNDER, "okr.retrospective.recorded", CYCLE, time, quarter),
            ],
        );
    }

    fn close(&mut self) {
        let note = "Scored and looked back on. Company 0.82: the right ambition. The three objectives go on in Q3, with new \
                    targets.";
        let close = said(FOUNDER, "okr.cycle.closed", CYCLE, at("2026-06-30T15:00:00Z"), json!({"note": note}));
        self.record(at("2026-06-30T15:03:26Z"), vec![close]);
    }
}

fn check_in(key_result: &KeyResult, week: usize) -> Value {
    let mut data = Map::new();
    let value =
        if (week, key_result.id) == (MISTYPED.0, MISTYPED.1) { MISTYPED.2 } else { key_result.values[week - 1] };
    data.insert("value".into(), number(value));
    if let Some(n) = CONFIDENCE_WEEKS.iter().position(|stated| *stated == week) {
        data.insert("confidence".into(), json!(key_result.confidences[n]));
    }
    for remark in REMARKS.iter().filter(|remark| remark.week == week && remark.key_result == key_result.id) {
        for (field, text) in [("status", remark.status), ("note", remark.note)] {
            data.extend(text.map(|text| (field.to_owned(), json!(text))));
        }
        let lists = [
            ("blockers", remark.blockers),
            ("progress", remark.progress),
            ("plans", remark.plans),
            ("problems", remark.problems),
        ];
        for (field, texts) in lists.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            data.insert(field.into(), json!(texts));
        }
    }
    Value::Object(data)
}

fn key_results() -> impl Iterator<Item = &'static KeyResult> {
    OBJECTIVES.iter().flat_map(|objective| &objective.key_results)
}

fn of_owner(owner: &str) -> impl Iterator<Item = &'static KeyResult> {
    key_results().filter(move |key_result| key_result.owner == owner)
}

fn key_result(id: &str) -> &'static KeyResult {
    key_results().find(|key_result| key_result.id == id).unwrap()
}

/// Keeps the digits of a figure as written.
fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
