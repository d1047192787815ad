//! A separate PostgreSQL cluster in its own folder, on a free loopback port, with default durability.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Failed;
use super::postgres::{USER, execute};
use super::process::cpu_seconds_with_children;

/// The system's database user, used instead of root: PostgreSQL refuses to run as root.
const SYSTEM_USER: &str = "postgres";

/// The measured tables: the usual choice for events, and the cheapest one for the database.
pub(crate) const TABLE_JSONB: &str = "ev";
pub(crate) const TABLE_TEXT: &str = "ev_text";

/// A running cluster, stopped on drop.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) version: String,
    child: Child,
    pid: u32,
}

impl Cluster {
    /// Returns the folder of PostgreSQL's programs, or `None` if its server is not installed.
    pub(crate) fn programs() -> Option<PathBuf> {
        let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
        let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut debian: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
        debian.sort();
        let all = debian.into_iter().rev().chain(on_path.into_iter().flatten());
        all.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
    }

    /// Creates a cluster in `folder`, which must not exist, and starts it.
    pub(crate) fn start(programs: &Path, folder: &Path) -> Result<Cluster, Failed> {
        std::fs::create_dir_all(folder)?;
        let data = folder.join("data");
        let data = data.to_str().ok_or("the cluster's folder is not text")?;
        if is_root() {
            let given = Command::new("chown").args([SYSTEM_USER.as_ref(), folder.as_os_str()]).status()?;
            if !given.success() {
                return Err(format!("the cluster's folder cannot be given to the user {SYSTEM_USER}").into());
            }
        }
        let version = run(programs, "postgres", &["--version"])?;
        run(programs, "initdb", &["-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale", "C"])?;
        // Bind and release: another process is unlikely to get the port in between.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        // A child, not a daemon, so that an interrupt at the terminal reaches it. All other settings are defaults:
        // fsync, full_page_writes and synchronous_commit are on.
        let port = address.port().to_string();
        let settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"];
        let mut server = command(programs, "postgres");
        server.args(["-D", data, "-p", &port]).args(settings.iter().flat_map(|setting| ["-c", setting]));
        let log = std::fs::File::create(folder.join("log"))?;
        let child = server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let (programs, folder) = (programs.into(), folder.into());
        let mut cluster = Cluster { programs, folder, address, version, child, pid: 0 };
        cluster.prepare()?;
        let pid = std::fs::read_to_string(format!("{data}/postmaster.pid"))?;
        // Not the child's pid: as root, the child is the program that switches users.
        cluster.pid = pid.lines().next().unwrap_or_default().parse()?;
        Ok(cluster)
    }

    fn prepare(&self) -> Result<(), Failed> {
        let start = Instant::now();
        while let Err(failed) = execute(self.address, "select 1") {
            if start.elapsed() > Duration::from_secs(30) {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(format!("{failed}; its log: {log}").into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        for (table, kind) in [(TABLE_JSONB, "jsonb"), (TABLE_TEXT, "text")] {
            let columns = format!("stream text not null, ver bigint not null, data {kind} not null");
            execute(self.address, &format!("create table {table}({columns}, unique (stream, ver))"))?;
        }
        Ok(())
    }

    /// Flushes the buffers of a run, so that they are not flushed during the next one.
    pub(crate) fn settle(&self) -> Result<(), Failed> {
        execute(self.address, "checkpoint")
    }

    /// Removes all rows of a table.
    pub(crate) fn empty(&self, table: &str) -> Result<(), Failed> {
        execute(self.address, &format!("truncate {table}"))
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds_with_children(self.pid)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let stop = ["-D", &data.to_string_lossy(), "-m", "fast", "-w", "stop"];
        if let Err(failed) = run(&self.programs, "pg_ctl", &stop) {
            eprintln!("PostgreSQL is not stopped: {failed}");
            _ = self.child.kill();
        }
        _ = self.child.wait();
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Returns true if the process runs as root: its own /proc entry belongs to user 0.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Returns a PostgreSQL program, run as another user if this process is root.
fn command(programs: &Path, program: &str) -> Command {
    let path = programs.join(program);
    let mut command = match is_root() {
        false => Command::new(path),
        true => {
            let mut command = Command::new("runuser");
            command.args(["-u", SYSTEM_USER, "--"]).arg(path);
            command
        }
    };
    // That user may have no access to our working directory.
    command.current_dir("/");
    command
}

/// Runs a PostgreSQL program to its end.
fn run(programs: &Path, program: &str, arguments: &[&str]) -> Result<String, Failed> {
    let ran = command(programs, program).args(arguments).stdin(Stdio::null()).output()?;
    let says = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match ran.status.success() {
        true => Ok(says(&ran.stdout)),
        false => Err(format!("{program} failed: {}", says(&ran.stderr)).into()),
    }
}
