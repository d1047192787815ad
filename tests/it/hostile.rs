//! A quarter with the same text in every text field. It is under way today.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

/// Returns a text of this length that could break a format: markup, a formula, marks that change the writing direction,
/// emoji, letters of many scripts, and a word without an end.
pub(crate) fn text(chars: usize) -> String {
    let begins = "=cmd|' /C calc'!A0 <script>window.hurt = 1</script><img src=x onerror=\"window.hurt = 1\">'\"&lt;&amp; \
                  \u{202e}turned\u{202c} \u{2067}שלום 😀👩\u{200d}👩\u{200d}👧 成長 #panic(1) $x$ |cell| ";
    let rest = chars.saturating_sub(begins.chars().count());
    begins.chars().chain(std::iter::repeat_n('w', rest)).collect()
}

/// Returns the entries of a ledger, in order.
pub(crate) fn entries(text: &str) -> Vec<Value> {
    let today = Utc::now().date_naive();
    let day = |days: i64| today.checked_add_signed(TimeDelta::days(days)).unwrap();
    let mut n = 0;
    let mut event = |kind: &str, subject: &str, days: i64, by: &str, data: Value| {
        n += 1;
        json!({"specversion": "1.0", "id": format!("h{n}"), "source": by, "type": format!("okr.{kind}"), "subject": subject,
            "time": format!("{}T00:00:00Z", day(days)), "data": data})
    };
    let written = text.replace([' ', '\n'], "_");
    let (one, other) = (written.as_str(), "/people/somebody-else");
    let why = json!({"cause": "external_change", "statement": text, "circumstances": text, "preserves_objective": true,
        "evidence": ["javascript:window.hurt=1"]});
    let key_result = |title: &str, kind: &str, to: u32| json!({"objective": "o", "title": title, "owner": text, "metric": {"name": text, "unit": text, "kind": kind}, "target": to});
    let planned = vec![
        event("team.formed", "t", -41, one, json!({"name": text})),
        event(
            "cycle.opened",
            "q",
            -40,
            one,
            json!({"title": text, "kind": "custom", "starts_on": day(-30), "ends_on": day(60), "time_zone": "Etc/UTC"}),
        ),
        event(
            "theme.declared",
            "th",
            -40,
            one,
            json!({"cycle": "q", "title": text, "north_star": {"name": text, "unit": text}, "lever": text}),
        ),
        event(
            "objective.drafted",
            "o",
            -40,
            one,
            json!({"cycle": "q", "title": text, "description": text, "level": "team", "team": "t", "owner": text, "ambition": "committed", "themes": ["th"]}),
        ),
        event("key_result.drafted", "churn", -40, one, key_result(text, "decrease", 2)),
        event(
            "key_result.baseline_set",
            "churn",
            -40,
            one,
            json!({"value": 5, "measured_on": day(-40), "method": text}),
        ),
        event("key_result.drafted", "renewals", -40, one, key_result(text, "increase", 95)),
        event(
            "key_result.baseline_set",
            "renewals",
            -40,
            one,
            json!({"value": 80, "measured_on": day(-40), "method": text}),
        ),
        event(
            "key_result.drafted",
            "steps",
            -40,
            one,
            json!({"objective": "o", "title": text, "owner": text,
                "metric": {"name": text, "kind": "milestones", "milestones": [{"name": text}, {"name": format!("{text}2")}]}}),
        ),
        event("cycle.started", "q", -30, one, json!({})),
    ];
    let check_in = json!({"value": 4, "confidence": 3, "note": text, "blockers": [text], "progress": [text], "plans": [text], "problems": [text]});
    let checked = event("check_in.recorded", "churn", -7, one, check_in);
    let id = checked["id"].clone();
    let heard = vec![
        checked,
        event(
            "check_in.recorded",
            "renewals",
            -6,
            one,
            json!({"value": 84, "confidence": 9, "note": text, "blockers": [text]}),
        ),
        event("check_in.recorded", "steps", -6, one, json!({"milestones_done": [text], "confidence": 6})),
        event("board_report.issued", "told", -5, one, json!({"cycle": "q", "title": text, "note": text})),
        event("check_in.corrected", "churn", -4, one, json!({"corrects": id, "value": 4.5, "reason": text})),
        event(
            "key_result.adjusted",
            "churn",
            -3,
            one,
            json!({"changes": {"target": {"to": 3}, "title": {"to": format!("{text}.")}}, "justification": why}),
        ),
        event("key_result.reassigned", "renewals", -3, one, json!({"owner": format!("{text}!"), "reason": text})),
        event(
            "objective.amended",
            "o",
            -3,
            one,
            json!({"changes": {"description": {"to": format!("{text}?")}}, "justification": why}),
        ),
    ];
    let declined = event(
        "adjustment.proposed",
        "renewals",
        -2,
        one,
        json!({"changes": {"target": {"to": 90}}, "justification": why}),
    );
    let id = declined["id"].clone();
    let late = vec![
        event("adjustment.declined", "renewals", -2, other, json!({"proposal": id, "note": text})),
        event("adjustment.proposed", "churn", -1, one, json!({"retire": true, "justification": why})),
        event("key_result.scored", "churn", -1, one, json!({"score": 0.4, "rationale": text})),
        event("objective.scored", "o", -1, one, json!({"score": 0.5, "rationale": text})),
        event("key_result.retired", "renewals", -1, one, json!({"justification": why})),
        event(
            "retrospective.recorded",
            "q",
            -1,
            one,
            json!({"went_well": [text], "went_badly": [text], "learnings": [text], "actions": [text]}),
        ),
        event("retrospective.recorded", "o", -1, one, json!({"learnings": [text]})),
        event("cycle.closed", "q", 0, one, json!({"note": text})),
        event("cycle.reopened", "q", 0, one, json!({"reason": text})),
    ];
    [planned, heard, vec![declined], late].into_iter().map(Value::Array).collect()
}
