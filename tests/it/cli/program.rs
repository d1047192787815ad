//! Runs the program.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;

/// Returns a command in a folder, without settings from outside.
pub(super) fn okr_ledger(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_okr-ledger"));
    for name in [
        "CONFIG",
        "DATA",
        "LISTEN",
        "CONNECTIONS_MAX",
        "URL",
        "LEDGER",
        "LOG",
        "LOG_FORMAT",
        "DRAIN_SECONDS",
        "BACKUPS",
        "OPERATIONS_SOCKET",
        "PRESS",
    ] {
        command.env_remove(format!("OKR_LEDGER_{name}"));
    }
    command.env("XDG_CONFIG_HOME", folder.join("no-settings-of-a-user"));
    command.current_dir(folder).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The result of a run.
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

/// Runs the program to its end.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    okr_ledger(folder, arguments).output().unwrap().into()
}

/// Runs the program with text on stdin.
pub(super) fn run_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = okr_ledger(folder, arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

/// Runs the program, requires success and returns its output.
pub(super) fn done(folder: &Path, arguments: &[&str]) -> String {
    let ran = run(folder, arguments);
    assert_eq!(ran.code, Some(0), "{arguments:?}: {ran:?}");
    ran.out
}

/// A running server, killed on drop.
pub(crate) struct Serving {
    pub(super) child: Child,
    pub(crate) url: String,
}

impl Serving {
    /// Starts a server on a free port and waits until it answers.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Serving {
        Serving::start_with(folder, arguments, Stdio::inherit())
    }

    /// Starts a server with its log redirected.
    pub(super) fn start_with(folder: &Path, arguments: &[&str], stderr: Stdio) -> Serving {
        let arguments = [arguments, &["--listen", "127.0.0.1:0"]].concat();
        Serving::of(okr_ledger(folder, &arguments).stderr(stderr).spawn().unwrap())
    }

    /// Waits until a started server answers.
    pub(super) fn of(mut child: Child) -> Serving {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next().expect("the server says where it listens").unwrap();
            if let Some(url) = line.strip_prefix("listening on ") {
                break url.to_owned();
            }
        };
        Serving { child, url }
    }

    /// Sends a signal and waits for the exit code.
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

/// Returns an event as a line of JSON.
pub(super) fn event(id: &str, kind: &str, subject: &str, data: serde_json::Value) -> String {
    serde_json::json!({"specversion": "1.0", "id": id, "source": "/people/ada", "type": format!("okr.{kind}"),
        "subject": subject, "data": data})
    .to_string()
}

/// Sends a request to a server and returns the status and the body.
pub(super) fn ask(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = config.build().into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = agent.run(request.body(body.to_owned()).unwrap()).unwrap();
    (answer.status().as_u16(), answer.into_body().read_to_string().unwrap())
}

/// Sends a request to the operations socket in a data folder and returns the status and the body.
pub(super) fn operate(socket: &Path, operation: &str, body: &str) -> (u16, String) {
    let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
    let head = format!(
        "POST /v1/operations/{operation} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    // Chunked bodies contain the chunk lengths as separate lines.
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let lines: Vec<&str> = body.lines().filter(|line| !is_chunked || line.starts_with('{')).collect();
    (status, lines.join("\n"))
}

/// Creates the ledger `acme` and records teams in it from several threads until it is stopped.
pub(super) struct Writing {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<u64>>,
    /// Events answered with 201.
    answered: Arc<AtomicU64>,
}

impl Writing {
    pub(super) fn start(url: &str) -> Writing {
        let json = [("content-type", "application/json")];
        let (status, _) = ask("PUT", &format!("{url}/v1/ledgers/acme"), &json, r#"{"title":"Acme"}"#);
        assert!(status == 201 || status == 200);
        let (stop, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let round = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
        let threads = (0..4)
            .map(|thread| {
                let (stop, answered, url) = (Arc::clone(&stop), Arc::clone(&answered), url.to_owned());
                std::thread::spawn(move || {
                    let mut sent = 0;
                    while !stop.load(Ordering::Relaxed) {
                        let one = |part: &str| {
                            let id = format!("{round}-{thread}-{sent}{part}");
                            event(&id, "team.formed", &id, serde_json::json!({"name": "A team of people"}))
                        };
                        let body = format!("[{},{}]", one("a"), one("b"));
                        let (status, says) = ask("POST", &format!("{url}/v1/ledgers/acme/events"), &json, &body);
                        assert_eq!(status, 201, "{says}");
                        answered.fetch_add(2, Ordering::SeqCst);
                        sent += 1;
                    }
                    sent
                })
            })
            .collect();
        Writing { stop, threads, answered }
    }

    /// Returns the number of events answered so far.
    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::SeqCst)
    }

    /// Waits until this many events are answered.
    pub(super) fn until(&self, answered: u64) {
        let begun = std::time::Instant::now();
        while self.answered() < answered {
            assert!(begun.elapsed().as_secs() < 60, "only {} events were recorded", self.answered());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    pub(super) fn stop(self) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.into_iter().for_each(|thread| _ = thread.join().unwrap());
        self.answered.load(Ordering::SeqCst)
    }
}
