use serde_json::{Value, json};

use crate::rules::No;
use crate::rules::given::*;

fn drafted(id: &str, fields: Value) -> Submitted {
    submitted("objective.drafted", id, with(objective("q2"), fields))
}

fn amended(id: &str, changes: Value) -> Submitted {
    submitted("objective.amended", id, json!({"changes": changes, "justification": justification()}))
}

fn retired(kind: &str, id: &str) -> Submitted {
    submitted(kind, id, json!({"justification": justification()}))
}

/// Returns the planned quarter with two teams.
fn teams() -> Given {
    planned()
        .and(submitted("team.formed", "core", json!({"name": "Core"})))
        .and(submitted("team.formed", "gone", json!({"name": "Gone"})))
        .and(submitted("team.dissolved", "gone", json!({})))
}

#[test]
fn an_objective_needs_a_cycle_that_is_not_closed_and_a_team_that_is_not_dissolved() {
    under_way().when(drafted("o", json!({}))).then_recorded();
    closed().when(drafted("o", json!({}))).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
    teams().when(drafted("o", json!({"team": "core"}))).then_recorded();
    teams().when(drafted("o", json!({"team": "gone"}))).then_refused(No::Conflict, [("/data/team", "team_dissolved")]);
    teams()
        .when(drafted("o", json!({"cycle": "core", "team": "q2"})))
        .then_refused(No::Invalid, [("/data/cycle", "wrong_subject"), ("/data/team", "wrong_subject")]);
}

#[test]
fn an_objective_supports_an_active_goal_under_an_active_objective() {
    let supports = |ledger: Given, id: &str| ledger.when(drafted("o", json!({"supports": id})));
    supports(planned(), "trial").then_recorded();
    supports(planned(), "paid").then_recorded();
    supports(planned(), "q2").then_refused(No::Invalid, [("/data/supports", "wrong_subject")]);
    supports(planned(), "o").then_refused(No::Invalid, [("/data/supports", "unknown_subject")]);
    let conflict = [("/data/supports", "already_retired")];
    supports(planned().and(retired("key_result.retired", "paid")), "paid").then_refused(No::Conflict, conflict);
    let upper_gone = planned().and(retired("objective.retired", "trial"));
    supports(upper_gone.clone(), "trial").then_refused(No::Conflict, conflict);
    supports(upper_gone, "paid").then_refused(No::Conflict, conflict);
}

#[test]
fn supports_never_form_a_loop() {
    let ledger = planned().and(drafted("lower", json!({"supports": "paid"})));
    let ledger = ledger.and(drafted("lowest", json!({"supports": "lower"})));
    let refused = [("/data/changes/supports/to", "loop")];
    for id in ["trial", "paid", "lower", "lowest"] {
        let round = ledger.clone().when(amended("trial", json!({"supports": {"to": id}})));
        round.then_refused(No::Invalid, refused);
    }
    ledger.clone().when(amended("lowest", json!({"supports": {"to": "trial"}}))).then_recorded();
    ledger
        .when_all([
            amended("lower", json!({"supports": {"to": null}})),
            amended("trial", json!({"supports": {"to": "lowest"}})),
        ])
        .then_recorded();
}

#[test]
fn imported_loops_of_objectives_do_not_hang_the_ledger() {
    let ring = planned()
        .and(drafted("a", json!({})))
        .and(drafted("b", json!({"supports": "a"})))
        .and_copied(amended("a", json!({"supports": {"to": "b"}})));
    ring.clone().when(amended("trial", json!({"supports": {"to": "a"}}))).then_recorded();
    ring.when(amended("b", json!({"supports": {"to": "trial"}}))).then_recorded();
}

#[test]
fn themes_are_those_of_the_objectives_own_cycle() {
    let ledger = planned()
        .and(opened("q3", "UTC"))
        .and(submitted("theme.declared", "growth", json!({"cycle": "q2", "title": "Growth"})))
        .and(submitted("theme.declared", "later", json!({"cycle": "q3", "title": "Later"})));
    let refused = |pointer: &str| {
        [
            (format!("{pointer}/0"), "wrong_subject"),
            (format!("{pointer}/1"), "wrong_subject"),
            (format!("{pointer}/2"), "unknown_subject"),
            (format!("{pointer}/4"), "repeated"),
        ]
    };
    let list = json!(["later", "trial", "none", "growth", "growth"]);
    for (event, pointer) in [
        (drafted("o", json!({"themes": list})), "/data/themes"),
        (amended("trial", json!({"themes": {"to": list}})), "/data/changes/themes/to"),
    ] {
        let wanted = refused(pointer);
        let wanted = wanted.each_ref().map(|(pointer, rule)| (pointer.as_str(), *rule));
        ledger.clone().when(event).then_refused(No::Invalid, wanted);
    }
    ledger.clone().when(drafted("o", json!({"themes": ["growth"]}))).then_recorded();
    in_each_severity("outside_themes", &ledger, &drafted("o", json!({})), "/data/themes");
    let inside = ledger.and(amended("trial", json!({"themes": {"to": ["growth"]}})));
    let outside = amended("trial", json!({"themes": {"to": null}}));
    in_each_severity("outside_themes", &inside, &outside, "/data/changes/themes/to");
}

#[test]
fn an_objective_gives_a_direction_without_a_number() {
    for title in ["Win 3 markets", "Make ½ of them stay", "Win ٣ markets"] {
        planned().when(drafted("o", json!({"title": title}))).then_warned(["number_in_objective"]);
    }
    planned().when(drafted("o", json!({"title": "Win three markets"}))).then_recorded();
    let numbered = json!({"title": "Win 3 markets"});
    in_each_severity("number_in_objective", &planned(), &drafted("o", numbered), "/data/title");
    let renamed = amended("trial", json!({"title": {"to": "Win 3 markets"}}));
    in_each_severity("number_in_objective", &planned(), &renamed, "/data/changes/title/to");
}

#[test]
fn a_teams_objective_supports_something_even_after_an_amendment() {
    let of_team = json!({"level": "team", "team": "core"});
    in_each_severity("supports_nothing", &teams(), &drafted("o", of_team.clone()), "/data/supports");
    let supporting = teams().and(drafted("o", with(of_team, json!({"supports": "trial"}))));
    let cleared = amended("o", json!({"supports": {"to": null}}));
    in_each_severity("supports_nothing", &supporting, &cleared, "/data/changes");
    let handed_down = amended("trial", json!({"level": {"to": "team"}, "team": {"to": "core"}}));
    in_each_severity("supports_nothing", &teams(), &handed_down, "/data/changes");
    // An objective that supported nothing before gets no warning at each change.
    teams().and(handed_down).when(amended("trial", json!({"weight": {"to": 2}}))).then_recorded();
}

#[test]
fn a_teams_objective_names_its_team() {
    let down = |changes| teams().when(amended("trial", changes));
    down(json!({"level": {"to": "team"}, "supports": {"to": null}}))
        .then_refused(No::Invalid, [("/data/changes", "required")]);
    down(json!({"team": {"to": "gone"}})).then_refused(No::Conflict, [("/data/changes/team/to", "team_dissolved")]);
}

#[test]
fn focus_is_three_objectives_for_each_owner_unit_and_level() {
    let third = teams().and(drafted("two", json!({}))).and(drafted("three", json!({})));
    in_each_severity("too_many_objectives", &third, &drafted("four", json!({})), "");
    // Objectives of another level or another cycle do not count, nor do retired ones.
    let own = json!({"level": "individual", "owner": "Ben"});
    third.clone().when(drafted("four", own.clone())).then_recorded();
    let elsewhere = third.clone().and(opened("q3", "UTC"));
    elsewhere.when(drafted("four", json!({"cycle": "q3"}))).then_recorded();
    third.clone().and(retired("objective.retired", "two")).when(drafted("four", json!({}))).then_recorded();

    let few = teams().and_policy(json!({"limits": {"objectives_max": 1}})).and(drafted("bens", own.clone()));
    few.clone().when(drafted("another", own.clone())).then_warned(["too_many_objectives"]);
    few.clone().when(drafted("another", with(own, json!({"owner": "Eve"})))).then_recorded();
    let core = json!({"level": "team", "team": "core", "supports": "trial"});
    let few = few.and(drafted("core-one", core.clone()));
    few.when(drafted("core-two", core)).then_warned(["too_many_objectives"]);
}

#[test]
fn an_amendment_does_not_slip_a_fourth_objective_past_the_rule() {
    let own = json!({"level": "individual", "owner": "Ben"});
    let full = teams().and(drafted("two", json!({}))).and(drafted("three", json!({}))).and(drafted("bens", own));
    let raised = amended("bens", json!({"level": {"to": "company"}}));
    in_each_severity("too_many_objectives", &full, &raised, "/data/changes");
    full.clone().when(amended("bens", json!({"owner": {"to": "Eve"}}))).then_recorded();
    full.when(amended("two", json!({"owner": {"to": "Eve"}}))).then_recorded();
}

#[test]
fn an_amendment_says_why_once_the_cycle_has_started() {
    let silent = || submitted("objective.amended", "trial", json!({"changes": {"title": {"to": "Win the trial"}}}));
    planned().when(silent()).then_recorded();
    under_way().when(silent()).then_refused(No::Invalid, [("/data/justification", "required")]);
    under_way().when(amended("trial", json!({"title": {"to": "Win the trial"}}))).then_recorded();
    closed()
        .when(silent())
        .then_refused(No::Invalid, [("/subject", "cycle_closed"), ("/data/justification", "required")]);
}

#[test]
fn an_amendment_that_changes_nothing_is_refused() {
    let refused = [("/data/changes", "nothing_changes")];
    for changes in [
        json!({"title": {"to": "Make the trial frictionless"}}),
        json!({"supports": {"to": null}, "themes": {"to": []}, "weight": {"to": null}}),
        json!({"owner": {"to": "Ada Lovelace"}, "ambition": {"to": "committed"}, "level": {"to": "company"}}),
    ] {
        planned().when(amended("trial", changes)).then_refused(No::Invalid, refused);
    }
}

#[test]
fn a_retired_objective_accepts_only_a_retrospective() {
    let gone = under_way().and(retired("objective.retired", "trial"));
    let metric = json!({"name": "m", "kind": "increase"});
    for event in [
        amended("trial", json!({"title": {"to": "Win the trial"}})),
        retired("objective.retired", "trial"),
        submitted("objective.scored", "trial", json!({"score": 0.7, "rationale": "so"})),
        submitted("key_result.drafted", "new", key_result("trial", metric, 3)),
    ] {
        gone.clone().when(event).then_refused(No::Conflict, [("/subject", "already_retired")]);
    }
}

#[test]
fn an_objective_is_replaced_by_an_active_one() {
    let replaced = |ledger: Given, by: &str| {
        ledger.when(submitted(
            "objective.retired",
            "trial",
            json!({"replaced_by": by, "justification": justification()}),
        ))
    };
    let ledger = planned().and(drafted("new", json!({})));
    replaced(ledger.clone(), "new").then_recorded();
    let pointer = "/data/replaced_by";
    replaced(ledger.clone(), "trial").then_refused(No::Invalid, [(pointer, "replaces_itself")]);
    replaced(ledger.clone(), "O-1").then_refused(No::Invalid, [(pointer, "replaces_itself")]);
    replaced(ledger.clone(), "paid").then_refused(No::Invalid, [(pointer, "wrong_subject")]);
    replaced(ledger.clone(), "none").then_refused(No::Invalid, [(pointer, "unknown_subject")]);
    let split = json!({"replaced_by": ["new", "O-1", "new"], "justification": justification()});
    ledger.clone().when(submitted("objective.retired", "trial", split)).then_refused(
        No::Invalid,
        [("/data/replaced_by/1", "replaces_itself"), ("/data/replaced_by/2", "named_twice")],
    );
    let gone = ledger.and(retired("objective.retired", "new"));
    replaced(gone, "new").then_refused(No::Conflict, [(pointer, "already_retired")]);
}

#[test]
fn a_grade_is_given_while_the_cycle_is_under_way() {
    let grade = || submitted("objective.scored", "trial", json!({"score": 0.7, "rationale": "we decided so"}));
    under_way().and(grade()).when(grade()).then_recorded();
    planned().when(grade()).then_refused(No::Conflict, [("/subject", "cycle_not_started")]);
    closed().when(grade()).then_refused(No::Conflict, [("/subject", "cycle_closed")]);
}
