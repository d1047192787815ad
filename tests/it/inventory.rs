//! Nothing that users had before the redesign is lost: commands, flags, paths, parameters, problems, event types and words
//! of the policy, as listed from the release before it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use events::Kind;

const INVENTORY: &str = include_str!("inventory.txt");

fn listed(kind: &str) -> Vec<&'static str> {
    let listed: Vec<&str> = INVENTORY.lines().filter_map(|line| line.strip_prefix(kind)?.strip_prefix(' ')).collect();
    assert!(!listed.is_empty(), "the inventory lists no {kind}");
    listed
}

/// Returns the texts of all source files in a folder of the repository, joined.
fn sources(folder: &str) -> String {
    let mut text = String::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text += &fs::read_to_string(path).unwrap();
            }
        }
    }
    text
}

#[test]
fn every_command_and_flag_is_there() {
    let mut flags: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in listed("command") {
        let (command, flag) = line.split_once(' ').map_or((line, None), |(command, flag)| (command, Some(flag)));
        flags.entry(command).or_default().extend(flag);
    }
    for (command, flags) in flags {
        let help = Command::new(env!("CARGO_BIN_EXE_okr-ledger")).args([command, "--help"]).output().unwrap();
        assert!(help.status.success(), "`{command}` is missing");
        let help = String::from_utf8(help.stdout).unwrap();
        let words: Vec<&str> = help.split(|c: char| c.is_whitespace() || c == ',').collect();
        for flag in flags {
            assert!(words.contains(&flag), "`{command} {flag}` is missing");
        }
    }
}

#[test]
fn every_path_parameter_and_problem_is_there() {
    let sources = sources("src");
    for (what, before, after) in [("path", ".route(\"", "\""), ("parameter", "\"", "\""), ("problem", "\"", "\"")] {
        for name in listed(what) {
            assert!(sources.contains(&format!("{before}{name}{after}")), "the {what} `{name}` is missing");
        }
    }
}

#[test]
fn every_event_type_and_word_of_the_policy_is_there() {
    for name in listed("type") {
        assert!(Kind::ALL.iter().any(|kind| kind.as_str() == name), "the type `{name}` is missing");
    }
    let policy = sources("events/src");
    for word in listed("word") {
        assert!(policy.contains(&format!("= \"{word}\"")), "the word `{word}` is missing");
    }
}
