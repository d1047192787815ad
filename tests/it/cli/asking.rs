//! Questions from the command line.

use super::program::{Serving, done, run, run_with};

const DEMO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/talentsync-2026-q2.jsonl");

#[test]
fn events_that_are_not_shown_are_not_passed_over_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    for form in [&["events", "--data", "a"][..], &["events", "--data", "a", "--json"]] {
        let ran = run(folder.path(), form);
        assert_eq!(ran.code, Some(0));
        assert_eq!(ran.err, "more results follow: continue with --after 100, or set --limit, at most 1000\n");
    }
    let ran = run(folder.path(), &["events", "--data", "a", "--after", "100"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
}

#[test]
fn a_filtered_board_says_so() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let part = done(folder.path(), &["board", "--data", "a", "--as-of", "2026-05-05", "--status", "at_risk"]);
    assert!(part.contains("\nfiltered: status at risk · the figures above are of what is shown\n"), "{part}");
    assert!(!done(folder.path(), &["board", "--data", "a"]).contains("filtered"));
}

#[test]
fn attention_says_when_nothing_is_under_way() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let attention = |as_of: &str| done(folder.path(), &["attention", "2026-Q2", "--data", "a", "--as-of", as_of]);
    assert!(attention("40").contains("\nNothing yet: the cycle is not started.\n"), "{}", attention("40"));
    assert!(!attention("2026-05-05").contains("Nothing"), "{}", attention("2026-05-05"));
    assert!(attention("172").contains("\nNothing any more: the cycle is closed.\n"), "{}", attention("172"));
}

#[test]
fn a_subject_that_is_not_known_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    for command in ["audit", "confidence"] {
        let ran = run(folder.path(), &[command, "nonsuch", "--data", "a"]);
        let wanted = "error: Not found: the ledger `demo` has no `nonsuch` as of event 172; a key result, an \
                      objective or a cycle is expected here\n";
        assert_eq!((ran.code, ran.err.as_str()), (Some(1), wanted));
    }
}

#[test]
fn where_there_is_no_ledger_the_place_is_named() {
    let folder = tempfile::tempdir().unwrap();
    drop(Serving::start(folder.path(), &["serve", "--data", "d"]));
    for command in ["ledgers", "board"] {
        let ran = run(folder.path(), &[command, "--data", "d"]);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(said.contains("data folder d has no ledgers yet: create one with"), "{said}");
        assert!(said.contains("--create --ledger NAME --data d`"), "{said}");
    }
}

#[test]
fn the_days_of_a_replay_are_those_of_the_cycles_time_zone() {
    let folder = tempfile::tempdir().unwrap();
    let copy = std::fs::read_to_string(DEMO).unwrap().replace("Europe/Madrid", "America/Los_Angeles");
    run_with(folder.path(), &["import", "-", "--data", "d"], copy.as_bytes());
    let replay = done(folder.path(), &["replay", "2026-Q2", "--data", "d"]);
    let days: Vec<&str> =
        replay.lines().filter_map(|line| line.get(1..11)).filter(|day| day.starts_with('2')).collect();
    // In UTC each of these ends more than seven hours into the next day.
    assert_eq!(days[..3], ["2026-03-31", "2026-04-07", "2026-04-14"], "{replay}");
    assert_eq!(days.last(), Some(&"2026-06-30"), "{replay}");
}

#[test]
fn proposals_the_policy_and_what_another_would_have_made_are_asked_of_a_folder_and_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let asked: [&[&str]; 4] = [
        &["proposals", "2026-Q2"],
        &["policy"],
        &["policy", "--as-of", "1", "--json"],
        &["under-policy", "2026-Q2", "--policy", r#"{"approval":"required"}"#],
    ];
    let answers: Vec<String> =
        asked.iter().map(|command| done(folder.path(), &[command, &["--data", "a"][..]].concat())).collect();
    assert!(answers[0].ends_with("None.\n"), "{}", answers[0]);
    assert!(answers[1].contains("late_adjustment"), "{}", answers[1]);
    assert!(answers[2].starts_with("{\"ledger\":\"demo\""), "{}", answers[2]);
    assert!(answers[3].contains("would not be there"), "{}", answers[3]);
    let serving = Serving::start(folder.path(), &["serve", "--data", "a"]);
    for (command, answer) in asked.iter().zip(answers) {
        assert_eq!(done(folder.path(), &[command, &["--url", &serving.url][..]].concat()), answer);
    }
}

#[test]
fn why_it_was_changed_is_told_from_a_folder_and_over_a_url_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["import", DEMO, "--data", "a"]);
    let from_folder = |arguments: &[&str]| done(folder.path(), &[arguments, &["--data", "a"]].concat());
    let goalposts = from_folder(&["goalposts", "2026-Q2"]);
    assert!(goalposts.contains(" · 1 move: 1 eased\n"), "{goalposts}");
    assert!(from_folder(&["lineage", "KR-5"]).contains("target $750 → $800, eased"));
    let narrowed = from_folder(&["audit", "2026-Q2", "--direction", "eased", "--cause", "external_change"]);
    assert!(narrowed.contains("#106 target $750 → $800, eased") && !narrowed.contains("graded"), "{narrowed}");
    let csv = from_folder(&["audit", "2026-Q2", "--since", "2026-05-19", "--until", "2026-05-20", "--csv"]);
    assert_eq!((csv.lines().count(), csv.lines().nth(1).map(|line| &line[..4])), (2, Some("106,")), "{csv}");
    let supposed = from_folder(&["what-if", "2026-Q2", "--without", "adjustments,grades", "--formula", "ratio-1"]);
    assert!(supposed.contains("The ladder of the cycle as it is"), "{supposed}");
    assert!(from_folder(&["goalposts", "2026-Q2", "--markdown"]).starts_with("## Goalposts of"));

    let asked = |place: &[&str]| {
        let questions =
            [&["goalposts", "2026-Q2"][..], &["lineage", "O-2"], &["what-if", "2026-Q2", "--without", "grades"]];
        questions.map(|question| done(folder.path(), &[question, &["--json"], place].concat()))
    };
    let of_folder = asked(&["--data", "a"]);
    let serving = Serving::start(folder.path(), &["serve", "--data", "a"]);
    assert_eq!(asked(&["--url", &serving.url, "--ledger", "demo"]), of_folder);
}
