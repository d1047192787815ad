//! A small ledger that would record an event of every type, and those events with every optional field.

use serde_json::{Value, json};

use crate::house::{House, check_in, drafted, event, key_result, opened, with};

/// Opens the ledger `acme`: the quarter `q1` closed, `q2` started on 2026-04-01, `q3` being planned; today is
/// 2026-05-04.
pub(crate) async fn acme() -> House {
    let house = House::new("2025-12-20T09:00:00Z").await;
    for (now, entry) in entries() {
        house.at(now);
        house.record(&entry).await;
    }
    house.at("2026-05-04T12:00:00Z");
    house
}

/// Returns the entries of `acme`, each with the moment of its recording, which is the time of its events.
pub(crate) fn entries() -> Vec<(&'static str, Value)> {
    let cycle = |id: &str, title: &str, starts: &str, ends: &str| {
        event(
            "okr.cycle.opened",
            id,
            json!({"title": title, "kind": "quarter", "starts_on": starts, "ends_on": ends, "time_zone": "Europe/Berlin"}),
        )
    };
    let winter = vec![
        event("okr.team.formed", "growth", json!({"name": "Growth"})),
        event("okr.team.formed", "idle", json!({"name": "Idle"})),
        cycle("q1", "2026 Q1", "2026-01-01", "2026-03-31"),
        event("okr.cycle.started", "q1", json!({})),
    ];
    let milestones = json!({"objective": "grow", "title": "Pass the audit", "owner": "Ben",
        "metric": {"name": "stages", "kind": "milestones", "milestones": [{"name": "analysis"}, {"name": "audit"}]}});
    let planned = json!({"objective": "plan", "title": "More from planned", "owner": "Ben",
        "metric": {"name": "planned", "kind": "increase"}});
    let mut march = vec![
        opened("q2"),
        cycle("q3", "2026 Q3", "2026-07-01", "2026-09-30"),
        cycle("empty", "2027 Q1", "2027-01-01", "2027-03-31"),
        event("okr.theme.declared", "focus", json!({"cycle": "q2", "title": "Focus"})),
    ];
    march.extend(
        [("grow", "q2"), ("carry", "q2"), ("spare", "q2"), ("plan", "q3"), ("next", "q3")]
            .map(|(objective, cycle)| drafted(objective, cycle)),
    );
    march.extend(key_result("trials", "grow", ("increase", "trials"), 8, 24));
    march.extend(key_result("cac", "grow", ("decrease", "USD"), 900, 750));
    march.extend(key_result("churn", "spare", ("decrease", "%"), 5, 2));
    march.extend([
        event("okr.key_result.drafted", "steps", milestones),
        event("okr.key_result.drafted", "planned", planned.clone()),
        event("okr.key_result.drafted", "measured", planned),
    ]);
    let first_day =
        vec![event("okr.cycle.started", "q2", json!({})), event("okr.cycle.closed", "q1", json!({"note": "done"}))];
    let proposed = |id: &str, subject: &str, target: u32| {
        let data = json!({"changes": {"target": {"to": target}}, "justification": justification()});
        with(event("okr.adjustment.proposed", subject, data), json!({"id": id}))
    };
    let april = vec![
        with(check_in("trials", 12, 7), json!({"id": "c1"})),
        with(event("okr.check_in.recorded", "steps", json!({"milestones_done": ["analysis"]})), json!({"id": "c2"})),
        proposed("p1", "cac", 800),
        proposed("p2", "trials", 20),
    ];
    [
        ("2025-12-20T09:00:00Z", winter),
        ("2026-03-20T09:00:00Z", march),
        ("2026-04-01T08:00:00Z", first_day),
        ("2026-04-06T09:00:00Z", april),
    ]
    .map(|(now, events)| (now, events.into_iter().map(|event| with(event, json!({"time": now}))).collect()))
    .into()
}

fn justification() -> Value {
    json!({"cause": "external_change", "statement": "advertising has become dearer everywhere",
        "circumstances": "the auction prices rose by a third", "preserves_objective": true,
        "evidence": ["https://example.org/a", "https://example.org/b"]})
}

/// Returns events that `acme` would record, each alone. Together they have every field of every type.
pub(crate) fn templates() -> Vec<Value> {
    let band = |from: f64, name: &str| json!({"from": from, "name": name});
    let policy = json!({"formula": "linear-1", "approval": "off", "owner_may_approve": true,
        "bands": [band(1.0, "too_easy"), band(0.7, "strong"), band(0.0, "little")],
        "expectations": {"committed": 1, "aspirational": 0.7}, "confidence": {"on_track": 8, "at_risk": 4},
        "pace": {"on_track": 0.1, "at_risk": 0.25}, "cadence": {"days": 7, "grace_days": 1},
        "limits": {"objectives_max": 4, "key_results_min": 1, "key_results_max": 6, "statement_chars_min": 20,
            "late_adjustment_days": 21, "check_in_grace_days": 7},
        "rules": {"too_many_objectives": "warn", "key_result_count": "warn", "baseline_and_target": "warn",
            "output_worded": "warn", "number_in_objective": "warn", "outside_themes": "warn",
            "supports_nothing": "warn", "execution_shortfall": "warn", "preserves_objective": "warn",
            "statement_length": "warn", "late_adjustment": "warn", "own_adjustment": "warn",
            "check_in_after_end": "warn"},
        "output_words": ["launch", "ship"]});
    let metric = |name: &str| json!({"name": name, "unit": "teams", "kind": "increase"});
    let milestones = json!({"name": "stages", "kind": "milestones",
        "milestones": [{"name": "analysis"}, {"name": "audit", "weight": 2}]});
    let drafted = json!({"cycle": "q2", "title": "Earn what customers say", "description": "From the first day on",
        "level": "team", "team": "growth", "owner": "Ada", "ambition": "committed", "supports": "spare",
        "themes": ["focus"], "weight": 2});
    let amended = json!({"title": {"to": "Grow otherwise"}, "description": {"to": "said better"}, "level": {"to": "team"},
        "team": {"to": "growth"}, "owner": {"to": "Eve"}, "ambition": {"to": "committed"},
        "supports": {"to": "spare"}, "themes": {"to": ["focus"]}, "weight": {"to": 3}});
    let adjusted = json!({"target": {"to": 30}, "thresholds": {"to": {"0.5": 20, "1": 30}}, "baseline": {"to": 9},
        "due_on": {"to": "2026-06-15"}, "metric": {"to": metric("trials started")}, "title": {"to": "More trials"},
        "weight": {"to": 2}, "expected_score": {"to": 0.7}});
    let check_in = json!({"value": 13, "confidence": 6, "status": "on_track", "note": "prices hold",
        "blockers": ["no editor"], "progress": ["12 interviews"], "plans": ["ask"], "problems": ["few teams"]});
    let corrected = json!({"corrects": "c1", "value": 11, "confidence": null, "status": "behind", "note": "a slip",
        "blockers": ["none"], "progress": ["13 interviews"], "plans": ["rest"], "problems": ["none"],
        "reason": "entered wrongly"});
    let events = [
        ("policy.adopted", "policy", policy),
        ("team.formed", "sales", json!({"name": "Sales", "parent": "growth"})),
        ("team.changed", "growth", json!({"name": "Growth and more", "parent": "idle"})),
        ("team.dissolved", "idle", json!({})),
        (
            "cycle.opened",
            "q4",
            json!({"title": "2026 Q4", "kind": "quarter", "starts_on": "2026-10-01", "ends_on": "2026-12-31",
                "time_zone": "UTC", "parent": "q3"}),
        ),
        ("cycle.started", "empty", json!({})),
        ("cycle.closed", "q2", json!({"note": "done"})),
        ("cycle.reopened", "q1", json!({"reason": "late figures"})),
        (
            "theme.declared",
            "trust",
            json!({"cycle": "q2", "title": "Trust", "north_star": {"name": "active teams", "unit": "teams"},
                "lever": "time to first value"}),
        ),
        ("objective.drafted", "earn", drafted),
        ("objective.amended", "grow", json!({"changes": amended.clone(), "justification": justification()})),
        ("objective.retired", "spare", json!({"justification": justification(), "replaced_by": ["grow", "carry"]})),
        ("objective.scored", "grow", json!({"score": 0.7, "rationale": "we decided so"})),
        ("objective.carried_over", "carry", json!({"to_cycle": "q3", "new_id": "next", "note": "half of it"})),
        (
            "key_result.drafted",
            "seats",
            json!({"objective": "grow", "title": "More seats", "owner": "Ben", "metric": metric("seats"), "target": 30,
                "thresholds": {"0.5": 20, "1": 30}, "due_on": "2026-06-15", "weight": 2, "expected_score": 0.7}),
        ),
        (
            "key_result.drafted",
            "stages",
            json!({"objective": "grow", "title": "Pass", "owner": "Ben", "metric": milestones}),
        ),
        (
            "key_result.baseline_set",
            "measured",
            json!({"value": 3, "measured_on": "2026-05-01", "method": "the billing report"}),
        ),
        ("key_result.target_set", "planned", json!({"value": 40, "thresholds": {"0.5": 20, "1": 40}})),
        ("key_result.adjusted", "trials", json!({"changes": adjusted, "justification": justification()})),
        ("key_result.reassigned", "cac", json!({"owner": "Eve", "reason": "leave"})),
        ("key_result.retired", "cac", json!({"justification": justification(), "replaced_by": ["trials", "churn"]})),
        ("key_result.scored", "cac", json!({"score": 0.7, "rationale": "we decided so"})),
        (
            "adjustment.proposed",
            "churn",
            json!({"changes": {"target": {"to": 3}, "thresholds": {"to": {"0.5": 4, "1": 3}}, "weight": {"to": 2},
                "title": {"to": "Less churn"}}, "justification": justification()}),
        ),
        ("adjustment.proposed", "grow", json!({"changes": amended, "justification": justification()})),
        (
            "adjustment.proposed",
            "spare",
            json!({"retire": true, "replaced_by": ["grow", "carry"], "justification": justification()}),
        ),
        ("adjustment.declined", "trials", json!({"proposal": "p2", "note": "not yet"})),
        ("adjustment.withdrawn", "cac", json!({"proposal": "p1", "note": "said too early"})),
        ("adjustment.approved", "cac", json!({"proposal": "p1", "note": "agreed"})),
        ("check_in.recorded", "trials", check_in),
        ("check_in.recorded", "steps", json!({"milestones_done": ["analysis", "audit"]})),
        ("check_in.corrected", "trials", corrected),
        (
            "check_in.corrected",
            "steps",
            json!({"corrects": "c2", "milestones_done": ["audit"], "reason": "the wrong stage"}),
        ),
        (
            "retrospective.recorded",
            "q2",
            json!({"went_well": ["weekly"], "went_badly": ["late"], "learnings": ["ask"], "actions": ["a column"]}),
        ),
        ("board_report.issued", "may", json!({"cycle": "q2", "title": "May", "note": "cost was eased"})),
    ];
    let mut made: Vec<Value> =
        events.into_iter().map(|(kind, subject, data)| event(&format!("okr.{kind}"), subject, data)).collect();
    for one in &mut made {
        // The decision on a proposal must come from another person than its author and the owner.
        if ["okr.adjustment.approved", "okr.adjustment.declined"].contains(&one["type"].as_str().unwrap()) {
            one["source"] = "/people/eve".into();
        }
        one["time"] = "2026-05-04T11:00:00Z".into();
        one["dataschema"] = "https://example.org/schema".into();
        one["note"] = "an extension".into();
    }
    made
}
