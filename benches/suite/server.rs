//! The measured program, as its users run it: the release binary, in a separate process.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Failed;
use super::process::cpu_seconds;

/// Returns a command without settings from outside.
pub(crate) fn okr_ledger(arguments: &[&str]) -> Command {
    // A build of another working copy can be measured with the same benchmark.
    let program =
        std::env::var_os("BENCH_BINARY").map_or(PathBuf::from(env!("CARGO_BIN_EXE_okr-ledger")), PathBuf::from);
    let mut command = Command::new(program);
    for name in ["CONFIG", "DATA", "LISTEN", "URL", "LEDGER", "LOG"] {
        command.env_remove(format!("OKR_LEDGER_{name}"));
    }
    command.args(arguments).stdin(Stdio::null());
    command
}

/// A running server, killed on drop. [`Server::stop`] ends it cleanly.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts a server on a free port and waits until it listens. It logs to `server.log` next to its data.
    pub(crate) fn start(data: &Path) -> Result<Server, Failed> {
        let log = data.with_extension("log");
        let path = data.to_str().ok_or("the data folder's name is not text")?;
        let mut command = okr_ledger(&["serve", "--data", path, "--listen", "127.0.0.1:0"]);
        let mut child = command.stdout(Stdio::piped()).stderr(File::create(&log)?).spawn()?;
        let out = child.stdout.take().ok_or("the server has no stdout")?;
        for line in BufReader::new(out).lines() {
            if let Some(address) = line?.strip_prefix("listening on http://") {
                return Ok(Server { child, address: address.parse()? });
            }
        }
        let status = child.wait()?;
        Err(format!("the server ended with {status}: {}", std::fs::read_to_string(log)?).into())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds(self.pid())
    }

    /// Ends the server with a signal and requires a clean exit.
    pub(crate) fn stop(mut self) -> Result<(), Failed> {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status}").into()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
