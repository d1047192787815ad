//! `demo`: the first impression of the program.

use std::process::Command;

use super::program::{Serving, done, run};

#[test]
fn the_demo_shows_the_quarter_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = super::program::okr_ledger(folder.path(), &["demo", "--once"]);
    let output = command.env("TMPDIR", folder.path()).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for wanted in [
        "score 0.82 strong (computed 0.84)",
        "Make the trial so frictionless that 1 in 2 users runs a sequence before day 7",
        "0.87    0.70",
        "[was $750]",
        "target: 750 → 800",
        "3 Is the objective preserved?  yes",
        " 7   –   6   –   5   –   7   –   7",
        "What if 1 event had not been: 106",
        "as agreed at",
    ] {
        assert!(out.contains(wanted), "no `{wanted}` in\n{out}");
    }
    assert!(out.lines().all(|line| line.chars().count() <= 120), "{out}");
    assert!(!out.contains('\u{1b}'), "no colours where it is piped");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_demo_is_kept_where_it_is_told_to_and_not_loaded_twice() {
    let folder = tempfile::tempdir().unwrap();
    done(folder.path(), &["demo", "--once", "--data", "kept"]);
    done(folder.path(), &["demo", "--once", "--data", "kept"]);
    let ledgers = done(folder.path(), &["ledgers", "--data", "kept", "--json"]);
    assert!(ledgers.contains("\"last_seq\":172"), "{ledgers}");
}

#[test]
fn the_lines_to_go_on_with_work_when_they_are_pasted() {
    let folder = tempfile::tempdir().unwrap();
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("NOT TESTED: there is no curl here");
        return;
    }
    let mut child =
        super::program::okr_ledger(folder.path(), &["demo", "--data", "d", "--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut said = String::new();
    for line in std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap())) {
        let line = line.unwrap();
        if line.starts_with("listening on ") {
            break;
        }
        said.push_str(&line);
        said.push('\n');
    }
    let _serving = Serving { child, url: String::new() };
    let (_, hints) = said.split_once("Next steps").unwrap();
    let program = env!("CARGO_BIN_EXE_okr-ledger");
    let mut commands: Vec<String> = Vec::new();
    for line in hints.lines().skip(1).filter(|line| !line.starts_with('#')) {
        match commands.last_mut() {
            // A line that begins with neither continues the previous command.
            Some(last) if !line.starts_with("curl") && !line.starts_with(program) => *last += &format!("\n{line}"),
            _ => commands.push(line.to_owned()),
        }
    }
    let mut answers = 0;
    // Skip the command that listens for ever.
    for command in commands.iter().filter(|command| !command.contains("event-stream") && !command.trim().is_empty()) {
        let output = Command::new("sh").arg("-c").arg(command).current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        answers += 1;
        if command.starts_with(program) {
            assert!(output.status.success() && text.contains("as of event 87"), "{command}: {text}");
            continue;
        }
        let answer: serde_json::Value =
            serde_json::from_str(&text).unwrap_or_else(|wrong| panic!("{command}: {wrong}: {text}"));
        let refused = command.contains("execution_shortfall");
        assert_eq!(answer.get("violations").is_some(), refused, "{command}: {answer}");
    }
    assert_eq!(answers, 13);
}

#[test]
fn a_taken_address_names_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = run(folder.path(), &["demo", "--listen", &address]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("--listen") && ran.err.contains(&address), "{}", ran.err);
}
