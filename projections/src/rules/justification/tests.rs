use serde_json::{Value, json};

use crate::rules::No;
use crate::rules::given::*;

fn because(kind: &str, id: &str, fields: Value) -> Submitted {
    let given = with(justification(), fields);
    let changes = match kind {
        "key_result.adjusted" => json!({"target": {"to": 900}}),
        _ => json!({"weight": {"to": 2}}),
    };
    let data = match kind {
        "key_result.retired" | "objective.retired" => json!({"justification": given}),
        _ => json!({"changes": changes, "justification": given}),
    };
    submitted(kind, id, data)
}

fn adjust(fields: Value) -> Submitted {
    because("key_result.adjusted", "cac", fields)
}

/// The four changes to a goal that need a justification.
const CHANGES: [(&str, &str); 4] = [
    ("key_result.adjusted", "cac"),
    ("key_result.retired", "cac"),
    ("objective.amended", "trial"),
    ("objective.retired", "trial"),
];

#[test]
fn a_goal_is_not_changed_because_the_team_is_behind() {
    for (kind, id) in CHANGES {
        let event = because(kind, id, json!({"cause": "execution_shortfall"}));
        let pointer = "/data/justification/cause";
        in_each_severity("execution_shortfall", &under_way(), &event, pointer);
        under_way().when(event).then_refused(No::Invalid, [(pointer, "execution_shortfall")]);
    }
    for cause in ["external_change", "new_information", "measurement_correction", "scope_change"] {
        under_way().when(adjust(json!({"cause": cause}))).then_recorded();
    }
}

#[test]
fn a_change_preserves_the_objective_unless_it_retires_it() {
    for (kind, id) in &CHANGES[..3] {
        let event = because(kind, id, json!({"preserves_objective": false}));
        in_each_severity("preserves_objective", &under_way(), &event, "/data/justification/preserves_objective");
        under_way()
            .when(event)
            .then_refused(No::Invalid, [("/data/justification/preserves_objective", "preserves_objective")]);
    }
    under_way().when(because("objective.retired", "trial", json!({"preserves_objective": false}))).then_recorded();
}

#[test]
fn a_statement_of_nineteen_characters_is_too_short() {
    let pointer = "/data/justification/statement";
    for (kind, id) in CHANGES {
        let event = because(kind, id, json!({"statement": "Prices have risen."}));
        in_each_severity("statement_length", &under_way(), &event, pointer);
    }
    let stated = |statement: &str| under_way().when(adjust(json!({"statement": statement})));
    stated("Die Preise stiegen!!").then_recorded();
    // Characters count, not bytes, and not the surrounding blanks.
    stated("Prëïsë stïëgën sëhr").then_refused(No::Invalid, [(pointer, "statement_length")]);
    stated("  Prices have risen. ").then_refused(No::Invalid, [(pointer, "statement_length")]);
}

#[test]
fn every_fault_of_a_justification_is_named() {
    let bad = json!({"cause": "execution_shortfall", "statement": "late", "preserves_objective": false});
    under_way().when(adjust(bad)).then_refused(
        No::Invalid,
        [
            ("/data/justification/cause", "execution_shortfall"),
            ("/data/justification/preserves_objective", "preserves_objective"),
            ("/data/justification/statement", "statement_length"),
        ],
    );
}

#[test]
fn the_last_fourteen_days_are_late_by_the_time_of_the_change_not_of_its_recording() {
    let recorded_in_july = under_way().at("2026-07-20T09:00:00Z");
    let at = |time: &str| recorded_in_july.clone().when(adjust(json!({})).at(time));
    // The quarter ends on 30 June in Berlin, so its last fourteen days begin with 17 June.
    at("2026-06-16T21:59:59Z").then_recorded();
    at("2026-06-16T22:00:00Z").then_warned(["late_adjustment"]);
    at("2026-06-30T12:00:00Z").then_warned(["late_adjustment"]);
    at("2026-07-15T12:00:00Z").then_warned(["late_adjustment"]);
    for (kind, id) in CHANGES {
        let event = because(kind, id, json!({})).at("2026-06-29T12:00:00Z");
        in_each_severity("late_adjustment", &recorded_in_july, &event, "");
    }
    for (time, words) in [
        ("2026-06-28T12:00:00Z", "with 2 days of the cycle left it"),
        ("2026-06-29T12:00:00Z", "with one day of the cycle left it"),
        ("2026-06-30T12:00:00Z", "on the cycle's last day it"),
        ("2026-07-01T12:00:00Z", "after the cycle's end it"),
    ] {
        let says = recorded_in_july
            .clone()
            .and_rule("late_adjustment", "refuse")
            .when(adjust(json!({})).at(time))
            .then_refused(No::Invalid, [("", "late_adjustment")]);
        assert!(says[0].starts_with(words), "{says:?}");
    }
}

#[test]
fn before_the_start_nothing_is_late_and_nothing_needs_approval() {
    planned()
        .and_policy(json!({"rules": {"late_adjustment": "refuse", "own_adjustment": "refuse"}}))
        .at("2026-06-29T12:00:00Z")
        .when(adjust(json!({})).by("/people/ben"))
        .then_recorded();
}

#[test]
fn an_owners_own_adjustment_is_recognised() {
    for (kind, id) in CHANGES {
        let owner = if id == "cac" { "/people/ben" } else { "/people/ada-lovelace" };
        in_each_severity("own_adjustment", &under_way(), &because(kind, id, json!({})).by(owner), "/source");
        under_way().when(because(kind, id, json!({})).by(owner)).then_recorded();
    }
    let strict = || under_way().and_rule("own_adjustment", "warn");
    for own in ["/people/Ben", "ben", "urn:x/BEN", "/people/ben/"] {
        strict().when(adjust(json!({})).by(own)).then_warned(["own_adjustment"]);
    }
    for other in ["/people/ben/assistant", "/people/benjamin", "/people/ada-lovelace", "/"] {
        strict().when(adjust(json!({})).by(other)).then_recorded();
    }
    // The owner at the time of the change counts.
    strict()
        .and(submitted("key_result.reassigned", "cac", json!({"owner": "Eve", "reason": "new roles"})))
        .when(adjust(json!({})).by("/people/ben"))
        .then_recorded();
}
