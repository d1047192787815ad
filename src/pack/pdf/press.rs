//! Runs `okr-ledger-press`: a document on its stdin, the PDF on its stdout, errors on its stderr.
//!
//! The press limits its own processor time and memory. A limit on elapsed time is added here, because a press that waits
//! uses no processor time, and the next PDF waits for it.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use press_document::{MEMORY_BYTES_MAX, PROCESSOR_SECONDS_MAX};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::pack::{Error, Format};

const PROGRAM: &str = "okr-ledger-press";

/// The environment variable with the path of the press.
const VARIABLE: &str = "OKR_LEDGER_PRESS";

/// The commands that build the press.
const COMMANDS: &str = "`make press` (or `cargo build --release -p okr-ledger-press`)";

/// The longest time from the start of a press to the last byte of its PDF. On a busy machine, 30 s of processor time take
/// minutes.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(300);

/// Most bytes of an error message.
const MESSAGE_BYTES_MAX: u64 = 4_096;

/// Returns the path of the press. It is looked up for each PDF, so that a press can be added while the server runs.
pub(super) fn find() -> Result<PathBuf, Error> {
    let own = std::env::current_exe().map_err(failed)?;
    find_from(&own, std::env::var_os(VARIABLE))
}

/// Returns the path of the press: the one that is set, or that beside the program `own`.
fn find_from(own: &Path, set: Option<OsString>) -> Result<PathBuf, Error> {
    if let Some(path) = set.filter(|set| !set.is_empty()).map(PathBuf::from) {
        let absent = || {
            Error::NoPress(format!(
                "there is no program at {}, where {VARIABLE} says that {PROGRAM} is: build it with {COMMANDS}, or correct \
                 the variable and restart",
                path.display()
            ))
        };
        return if path.is_file() { Ok(path) } else { Err(absent()) };
    }
    let folder = own.parent().unwrap_or(Path::new(""));
    // Cargo builds tests and benchmarks in a folder beside the programs.
    let above = folder.parent().filter(|_| folder.ends_with("deps"));
    let mut beside = [Some(folder), above].into_iter().flatten().map(|folder| folder.join(PROGRAM));
    beside.find(|path| path.is_file()).ok_or_else(|| {
        Error::NoPress(format!(
            "PDFs are made by the program {PROGRAM}, which is missing from {folder}: build it in the source folder with \
             {COMMANDS}, and copy it to {folder} if okr-ledger was installed there; no restart is needed",
            folder = folder.display()
        ))
    })
}

/// Returns the PDF of a document.
pub(super) fn run(program: &Path, document: &[u8], wait_max: Duration) -> Result<Vec<u8>, Error> {
    let child = Command::new(program)
        // The PDF must depend on nothing but the document.
        .env_clear()
        // Ctrl-C in a terminal must not end the press while the server finishes its requests.
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let child = child.map_err(|error| failed(format!("{} cannot be started: {error}", program.display())))?;
    let (status, pdf, message) = exchange(child, document, wait_max)?;
    if status.success() { pdf.map_err(failed) } else { Err(cause(status, message.trim())) }
}

/// Passes the document to the press; returns its exit status, its output and its error message.
fn exchange(
    mut child: Child,
    document: &[u8],
    wait_max: Duration,
) -> Result<(ExitStatus, io::Result<Vec<u8>>, String), Error> {
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|threads| {
        // A press that ends early closes the pipe. Its status tells why.
        threads.spawn(move || stdin.map(|mut stdin| stdin.write_all(document)));
        let message = threads.spawn(move || stderr.map(beginning).unwrap_or_default());
        let (sender, pdf) = mpsc::channel();
        threads.spawn(move || sender.send(stdout.map_or_else(|| Ok(Vec::new()), whole)));
        let pdf = pdf.recv_timeout(wait_max);
        if pdf.is_err() {
            // The whole group: a process that the press started could keep the pipes open.
            _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        }
        let status = child.wait().map_err(failed)?;
        let message = message.join().unwrap_or_default();
        match pdf {
            Ok(pdf) => Ok((status, pdf, message)),
            Err(_) => Err(failed(format!("{PROGRAM} did not finish within {} s", wait_max.as_secs()))),
        }
    })
}

fn whole(mut from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a stream to its end, and returns its beginning.
fn beginning(mut from: impl Read) -> String {
    let bytes = whole(from.by_ref().take(MESSAGE_BYTES_MAX)).unwrap_or_default();
    _ = io::copy(&mut from, &mut io::sink());
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Returns the cause of a failed run.
fn cause(status: ExitStatus, message: &str) -> Error {
    let signal = status.signal();
    if signal == Some(Signal::XCPU.as_raw()) {
        return Error::TooMuchWork { limit: format!("{PROCESSOR_SECONDS_MAX} s of processor time") };
    }
    // Rust's message about a failed allocation, after which a program aborts.
    if signal == Some(Signal::ABORT.as_raw()) && message.contains("memory allocation of") {
        return Error::TooMuchWork { limit: format!("{} GiB of memory", MEMORY_BYTES_MAX >> 30) };
    }
    match message.strip_prefix("error: ").unwrap_or(message) {
        "" => failed(format!("{PROGRAM} ended with {status}")),
        message if status.code() == Some(1) => failed(message),
        message => failed(format!("{PROGRAM} ended with {status}: {message}")),
    }
}

pub(super) fn failed(says: impl fmt::Display) -> Error {
    Error::Failed { format: Format::Pdf, says: says.to_string() }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::Instant;

    use super::*;

    /// Runs a shell script as the press.
    fn run_script(script: &str, wait_max: Duration) -> Result<Vec<u8>, String> {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(PROGRAM);
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
        run(&program, &vec![b' '; 1 << 20], wait_max).map_err(|error| error.to_string())
    }

    #[test]
    fn the_press_is_beside_the_program_or_where_the_variable_says() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("okr-ledger");
        let test = folder.path().join("deps/it-0123456789abcdef");
        let says = find_from(&own, None).unwrap_err().to_string();
        assert!(says.contains("`make press` (or `cargo build --release -p okr-ledger-press`)"), "{says}");
        assert!(says.contains(&folder.path().display().to_string()), "{says}");
        let press = folder.path().join(PROGRAM);
        fs::write(&press, "").unwrap();
        assert_eq!(find_from(&own, None).unwrap(), press);
        assert_eq!(find_from(&own, Some("".into())).unwrap(), press);
        assert_eq!(find_from(&test, None).unwrap(), press);
        assert!(find_from(&folder.path().join("bin/okr-ledger"), None).is_err());
        let elsewhere = folder.path().join("elsewhere");
        let says = find_from(&own, Some(elsewhere.clone().into())).unwrap_err().to_string();
        assert!(says.starts_with("there is no program at /") && says.contains(VARIABLE), "{says}");
        fs::write(&elsewhere, "").unwrap();
        assert_eq!(find_from(&own, Some(elsewhere.clone().into())).unwrap(), elsewhere);
    }

    #[test]
    fn output_is_passed_on_and_failures_name_their_cause() {
        for (script, expected) in [
            ("cat > /dev/null; printf pdf", Ok("pdf")),
            // The document is longer than a pipe's buffer and is not read.
            ("printf pdf", Ok("pdf")),
            ("echo 'error: the letters are upside down' >&2; exit 1", Err("as pdf: the letters are upside down")),
            ("yes | head -c 10000000 >&2; exit 7", Err("okr-ledger-press ended with exit status: 7: y")),
            ("exit 1", Err("okr-ledger-press ended with exit status: 1")),
            ("kill -KILL $$", Err("okr-ledger-press ended with signal: 9")),
            ("kill -ABRT $$", Err("okr-ledger-press ended with signal: 6")),
            ("ulimit -S -t 1; while :; do :; done", Err("needs more than 30 s of processor time, which is the limit")),
            ("echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$", Err("needs more than 2 GiB of memory")),
        ] {
            match (run_script(script, WAIT_MAX), expected) {
                (Ok(pdf), Ok(expected)) => assert_eq!(pdf, expected.as_bytes(), "{script}"),
                (Err(says), Err(expected)) => {
                    assert!(says.contains(expected) && says.len() < 5_000, "{script}: {says}");
                }
                (ran, _) => panic!("{script}: {ran:?}"),
            }
        }
    }

    #[test]
    fn a_press_that_only_waits_is_killed_with_the_processes_it_started() {
        let begun = Instant::now();
        let says = run_script("sleep 60; printf pdf", Duration::from_millis(200)).unwrap_err();
        assert!(says.contains("okr-ledger-press did not finish within 0 s"), "{says}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
}
