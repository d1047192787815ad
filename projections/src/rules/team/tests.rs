use serde_json::json;

use crate::rules::No;
use crate::rules::given::*;

fn formed(id: &str, parent: Option<&str>) -> Submitted {
    submitted("team.formed", id, json!({"name": id, "parent": parent}))
}

fn changed(id: &str, parent: Option<&str>) -> Submitted {
    submitted("team.changed", id, json!({"name": "another name", "parent": parent}))
}

/// `leaf` is part of `branch`, which is part of `root`.
fn tree() -> Given {
    given([formed("root", None), formed("branch", Some("root")), formed("leaf", Some("branch"))])
}

#[test]
fn a_team_is_part_of_a_team_that_is_not_dissolved() {
    tree().when(formed("new", Some("leaf"))).then_recorded();
    tree().when(formed("new", Some("new"))).then_refused(No::Invalid, [("/data/parent", "unknown_subject")]);
    tree().when(changed("nobody", None)).then_refused(No::Invalid, [("/subject", "unknown_subject")]);
    let says = tree()
        .and(opened("q2", "UTC"))
        .when(formed("new", Some("q2")))
        .then_refused(No::Invalid, [("/data/parent", "wrong_subject")]);
    assert_eq!(says, ["`q2` is a cycle; expected a team"]);
}

#[test]
fn a_team_is_not_part_of_itself_even_indirectly() {
    for parent in ["root", "branch", "leaf"] {
        tree().when(changed("root", Some(parent))).then_refused(No::Invalid, [("/data/parent", "loop")]);
    }
    tree().when(changed("leaf", Some("root"))).then_recorded();
    tree().when_all([changed("leaf", None), changed("root", Some("leaf"))]).then_recorded();
}

#[test]
fn imported_loops_of_teams_do_not_hang_the_ledger() {
    let ring = tree().and(formed("other", None)).and_copied(changed("root", Some("leaf")));
    ring.clone().when(changed("other", Some("leaf"))).then_recorded();
    ring.clone().when(changed("root", Some("branch"))).then_refused(No::Invalid, [("/data/parent", "loop")]);
    ring.when(changed("root", None)).then_recorded();
}

#[test]
fn a_team_is_dissolved_once_and_after_its_parts() {
    let dissolved = |id: &str| submitted("team.dissolved", id, json!({}));
    let says = tree().when(dissolved("root")).then_refused(No::Conflict, [("/subject", "has_parts")]);
    assert_eq!(says, ["other teams are still part of this one: branch; move or dissolve them first"]);
    let gone = tree().and(dissolved("leaf"));
    gone.clone().when(dissolved("leaf")).then_refused(No::Conflict, [("/subject", "team_dissolved")]);
    gone.clone().when(changed("leaf", None)).then_refused(No::Conflict, [("/subject", "team_dissolved")]);
    gone.clone().when(formed("new", Some("leaf"))).then_refused(No::Conflict, [("/data/parent", "team_dissolved")]);
    gone.clone().when(formed("leaf", None)).then_refused(No::Conflict, [("/subject", "id_taken")]);
    gone.when(dissolved("branch")).then_recorded();
}
