//! A PostgreSQL of our own: a cluster in a folder of its own on a free loopback port, with its default durability.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Failed;
use super::postgres::{USER, execute};
use super::process::cpu_seconds_with_children;

/// The system's user for databases, who takes the place of root: PostgreSQL does not run as root.
const SYSTEM_USER: &str = "postgres";

/// Tables under measure: what is most often chosen for events, and what costs the database least.
pub(crate) const TABLE_JSONB: &str = "ev";
pub(crate) const TABLE_TEXT: &str = "ev_text";

/// A running cluster. It is stopped when this is dropped.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    pub(crate) address: SocketAddr,
    pub(crate) version: String,
    pid: u32,
}

impl Cluster {
    /// Whether PostgreSQL's server is installed: the folder of its programs.
    pub(crate) fn programs() -> Option<PathBuf> {
        let on_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
        let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut debian: Vec<PathBuf> = debian.map(|entry| entry.path().join("bin")).collect();
        debian.sort();
        let all = debian.into_iter().rev().chain(on_path.into_iter().flatten());
        all.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
    }

    /// Makes a cluster in `folder`, which must not be there yet, and starts it.
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
        let version = run(programs, folder, "postgres", &["--version"])?.trim().to_owned();
        run(programs, folder, "initdb", &["-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale", "C"])?;
        // Taken and given back at once: nobody else is likely to be given it in between.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        // All else is left as it comes: fsync, full_page_writes and synchronous_commit are on.
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300",
            address.port()
        );
        let log = format!("{data}/log");
        run(programs, folder, "pg_ctl", &["-D", data, "-w", "-l", &log, "-o", &options, "start"])?;
        let pid = std::fs::read_to_string(format!("{data}/postmaster.pid"))?;
        let pid = pid.lines().next().unwrap_or_default().parse()?;
        let cluster = Cluster { programs: programs.into(), folder: folder.into(), address, version, pid };
        cluster.prepare()?;
        Ok(cluster)
    }

    fn prepare(&self) -> Result<(), Failed> {
        let start = Instant::now();
        while let Err(failed) = execute(self.address, "select 1") {
            if start.elapsed() > Duration::from_secs(30) {
                return Err(failed);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        for (table, kind) in [(TABLE_JSONB, "jsonb"), (TABLE_TEXT, "text")] {
            let columns = format!("stream text not null, ver bigint not null, data {kind} not null");
            execute(self.address, &format!("create table {table}({columns}, unique (stream, ver))"))?;
        }
        Ok(())
    }

    /// Writes out what a run left in its buffers, so that it does not do so during the next one.
    pub(crate) fn settle(&self) -> Result<(), Failed> {
        execute(self.address, "checkpoint")
    }

    pub(crate) fn cpu_seconds(&self) -> f64 {
        cpu_seconds_with_children(self.pid)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.folder.join("data");
        let stopped = data
            .to_str()
            .map(|data| run(&self.programs, &self.folder, "pg_ctl", &["-D", data, "-m", "fast", "-w", "stop"]));
        if let Some(Err(failed)) = stopped {
            eprintln!("PostgreSQL is not stopped: {failed}");
        }
        _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Whether we are root: what we make belongs to user 0.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Runs one of PostgreSQL's programs to its end, as another user where we are root.
fn run(programs: &Path, folder: &Path, program: &str, arguments: &[&str]) -> Result<String, Failed> {
    let path = programs.join(program);
    let mut command = match is_root() {
        false => Command::new(path),
        true => {
            let mut command = Command::new("runuser");
            command.args(["-u", SYSTEM_USER, "--"]).arg(path);
            command
        }
    };
    // A server started by it keeps these open: a pipe would be waited on for as long as the server lives.
    let said = folder.with_extension("said");
    let out = std::fs::File::create(&said)?;
    let errors = out.try_clone()?;
    let status = command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(out).stderr(errors).status()?;
    let says = std::fs::read_to_string(&said)?;
    _ = std::fs::remove_file(said);
    if status.success() { Ok(says) } else { Err(format!("{program} failed: {says}").into()) }
}
