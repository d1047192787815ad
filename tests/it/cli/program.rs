//! Running the program.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The program in a folder of its own, with no settings from outside.
pub(super) fn okr_ledger(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okr-ledger"));
    for name in ["CONFIG", "DATA", "LISTEN", "CONNECTIONS_MAX", "URL", "LEDGER", "LOG"] {
        command.env_remove(format!("OKR_LEDGER_{name}"));
    }
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What came of a run.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) code: Option<i32>,
    pub(super) out: String,
    pub(super) err: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// Runs it to its end.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    okr_ledger(folder, arguments).output().unwrap().into()
}

/// The same, with something on stdin.
pub(super) fn run_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = okr_ledger(folder, arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

/// Runs it and wants it to have gone well.
pub(super) fn done(folder: &Path, arguments: &[&str]) -> String {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    ran.out
}

/// A server that is running. It is killed when this is dropped.
pub(crate) struct Serving {
    pub(super) child: Child,
    pub(crate) url: String,
}

impl Serving {
    /// Starts one on a free port and waits until it answers.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Serving {
        let arguments = [arguments, &["--listen", "127.0.0.1:0"]].concat();
        let mut child = okr_ledger(folder, &arguments).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        Serving { child, url }
    }

    /// Asks it to stop, as a system does.
    pub(super) fn stop(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// An event, as a line of JSON.
pub(super) fn event(id: &str, kind: &str, subject: &str, data: serde_json::Value) -> String {
    serde_json::json!({"specversion": "1.0", "id": id, "source": "/people/ada", "type": format!("okr.{kind}"),
        "subject": subject, "data": data})
    .to_string()
}
