//! `serve`: a data folder over HTTP.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::failure::Failure;
use super::progress::Bar;
use super::random::new_incarnation;
use super::screen::Screen;
use super::settings::{Allowed, DataArg, DrainArg, ListenArg, Settings, SocketArg};
use crate::app;
use crate::clock::{Clocks, now};
use crate::folders;
use crate::http::{self, DRAIN, FEEDS_MAX, FeedLimits, Instance, Limits, OperationsSocket, StartupService};
use crate::ledger::data_folder::{ADDRESS, SOCKET};
use crate::ledger::{Ledgers, open_guarded};
use crate::views::Progress;

/// Minimum time for the writer to record submitted entries at shutdown, whatever the drain limit.
const WRITER_DRAIN_MIN: Duration = Duration::from_secs(1);

/// Time for remaining tasks to release the ledgers at shutdown.
const LEFT_MAX: Duration = Duration::from_secs(2);

/// Interval of clock checks while nothing is recorded.
const TICK: Duration = Duration::from_secs(60);

/// Minimum time for operations to reach their next step at shutdown, whatever the drain limit.
const OPERATIONS_DRAIN_MIN: Duration = Duration::from_secs(1);

/// Polling interval for running operations at shutdown.
const LOOK: Duration = Duration::from_millis(20);

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
    #[command(flatten)]
    listen: ListenArg,
    #[command(flatten)]
    socket: SocketArg,
    #[command(flatten)]
    drain: DrainArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let server = Server::bind(&settings.listen(&args.listen), settings.allowed(&args.listen))?
        .draining(settings.drain(&args.drain))
        .operated_at(settings.operations_socket(&args.socket)?);
    let url = server.url();
    let open = |startup: &StartupService| {
        let mut opening = Opening(startup.clone(), Bar::new("Catching up the views"));
        let ledgers = open_guarded(&data, Clocks::of_this_machine(), new_incarnation(), &mut opening)?;
        warn_of_onlookers(&data);
        ledgers.prepare_to_record()?;
        Ok(Arc::new(ledgers))
    };
    server.run(&data, open, || screen.line(&format!("listening on {url}")))
}

/// Warns if users other than the owner can access the data folder, as with folders from an earlier version.
fn warn_of_onlookers(data: &Path) {
    let mode = data.metadata().map_or(0, |folder| folder.permissions().mode()) & 0o777;
    if mode & 0o077 != 0 {
        let data = data.display();
        tracing::warn!(
            "users other than its owner can access the data folder {data} (mode {mode:o}): run chmod 700 {data}"
        );
    }
}

/// Shows the catching-up of views on the terminal and reports it to the startup service.
struct Opening(StartupService, Bar);

impl Progress for Opening {
    fn folded(&mut self, done: u64, all: u64) {
        self.0.folded(done, all);
        self.1.folded(done, all);
    }
}

/// A server with a bound address that does not accept connections yet.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    runtime: Runtime,
    drain: Duration,
    limits: Limits,
    /// The operations socket, if outside the data folder.
    socket: Option<PathBuf>,
    feeds_max: usize,
    allowed: Allowed,
}

impl Server {
    /// Binds the address. This comes first, so that an unusable address is reported before the views catch up.
    pub(crate) fn bind(listen: &str, allowed: Allowed) -> Result<Server, Failure> {
        let addresses: Vec<SocketAddr> = listen
            .to_socket_addrs()
            .map_err(|error| {
                Failure::misused(format!("--listen {listen} is not an address such as 127.0.0.1:8080: {error}"))
            })?
            .collect();
        if let Some(open) = addresses.iter().find(|address| !address.ip().is_loopback()) {
            return Err(Failure::misused(format!(
                "--listen {listen}: there is no access control yet, so anyone who can reach {} could read and record \
                 everything; listen on a loopback address (127.0.0.1:8080) behind a proxy that controls access",
                open.ip()
            )));
        }
        let taken = |error: std::io::Error| {
            Failure::failed(format!("cannot listen on {listen} ({error}): choose another address with --listen"))
        };
        let listener = TcpListener::bind(&*addresses).map_err(taken)?;
        listener.set_nonblocking(true).map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let runtime = Builder::new_multi_thread().worker_threads(workers()).enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::failed(format!("cannot start the server's threads: {error}")))?;
        let limits = Limits { connections_max: connections(allowed.connections_max)?, ..Limits::default() };
        let feeds_max = feeds(allowed.feeds_max, limits.connections_max)?;
        Ok(Server { listener, address, runtime, drain: DRAIN, limits, feeds_max, allowed, socket: None })
    }

    /// Sets the time limit of the shutdown.
    pub(crate) fn draining(self, drain: Duration) -> Server {
        Server { drain, ..self }
    }

    /// Sets the path of the operations socket.
    pub(crate) fn operated_at(self, socket: Option<PathBuf>) -> Server {
        Server { socket, ..self }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens the ledgers and serves until a signal arrives or the ledgers stop recording. `ready` is called once
    /// requests and signals are handled. During the opening, requests get its progress.
    pub(crate) fn run(
        self,
        data: &Path,
        open: impl FnOnce(&StartupService) -> Result<Arc<Ledgers>, Failure>,
        ready: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::failed(format!("the server failed: {error}"));
        let url = self.url();
        let startup = StartupService::new();
        let (stop, stopped) = oneshot::channel::<()>();
        let (service, drain, limits) = (startup.clone(), self.drain, self.limits);
        let mut serving = self.runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener).map_err(failed)?;
            // A dropped sender means stop as well.
            let stopped = async move { _ = stopped.await };
            Ok::<_, Failure>(tokio::spawn(http::serve_within(limits, listener, service, stopped, drain)))
        })?;
        tracing::info!(data = %data.display(), address = %url, "opening the ledgers");
        let ledgers = open(&startup)?;
        let memory = http::Memory::of(self.allowed.memory_max);
        ledgers.set_queue_bytes_max(memory.queue_bytes_max());
        ledgers.set_ledgers_max(self.allowed.ledgers_max);
        // Install the signal handlers before the address file: a program that finds the file can then reach the server
        // and stop it cleanly.
        let within = self.runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        drop(within);
        let instance = Instance::new();
        let feeds = FeedLimits { feeds_max: self.feeds_max, ..FeedLimits::default() };
        startup.open(app::router_of(instance.clone(), Arc::clone(&ledgers), now, feeds, memory));
        let socket = operations_socket(data, self.socket.as_deref());
        let address_file =
            AddressFile::write(data, &url, &instance, self.socket.as_deref().filter(|_| socket.is_some()));
        let (stop_operating, operating_stopped) = oneshot::channel::<()>();
        let operating = socket.map(|socket| {
            let operations = app::operations(instance, Arc::clone(&ledgers));
            self.runtime.spawn(async move {
                if let Err(error) = socket.serve(operations, async move { _ = operating_stopped.await }).await {
                    tracing::warn!("the operations socket has failed, so operations are no longer available: {error}");
                }
            })
        });
        // Report doubts about the clock before the first request.
        ledgers.tick();
        let ticked = Arc::clone(&ledgers);
        let ticking = self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                let ledgers = Arc::clone(&ticked);
                // A tick may write a file.
                _ = tokio::task::spawn_blocking(move || ledgers.tick()).await;
            }
        });
        let ended = self.runtime.block_on(async {
            let mut fatal = ledgers.fatal();
            ready()?;
            let listed = ledgers.list()?;
            let events = listed.iter().map(|ledger| ledger.last_seq).sum::<u64>();
            for ledger in &listed {
                if let Some(all) = ledger.awaits {
                    let (ledger, held) = (ledger.ledger.as_str(), ledger.last_seq);
                    tracing::warn!(
                        ledger,
                        held,
                        all,
                        "its import was interrupted: the ledger accepts no entries until the import is repeated"
                    );
                }
            }
            tracing::info!(data = %data.display(), address = %url, ledgers = listed.len(), events, "serving");
            let why = tokio::select! {
                served = &mut serving => return served.map_err(std::io::Error::other).flatten().map_err(failed).map(|_| Ended::Drained(0)),
                _ = interrupt.recv() => "interrupted",
                _ = terminate.recv() => "terminated",
                _ = fatal.wait_for(Option::is_some) => "the ledger has stopped recording",
            };
            let begun = Instant::now();
            tracing::info!(drain_seconds = drain.as_secs(), "stopping: {why}");
            let cancelled = ledgers.cancel_operations();
            if !cancelled.is_empty() {
                let names = cancelled.join(", ");
                tracing::warn!(operations = cancelled.len(), "cancelling {names}: unfinished results do not count");
            }
            _ = stop.send(());
            _ = stop_operating.send(());
            let drained = async {
                let left = (&mut serving).await.map_err(std::io::Error::other).flatten().map_err(failed)?;
                let going = ended_operations(&ledgers, drain.saturating_sub(begun.elapsed()).max(OPERATIONS_DRAIN_MIN)).await;
                if !going.is_empty() {
                    let names = going.join(", ");
                    tracing::warn!(operations = going.len(), "stopped before {names} reached its next step");
                } else if let Some(operating) = operating {
                    // Let clients receive the results of their operations.
                    _ = tokio::time::timeout(OPERATIONS_DRAIN_MIN, operating).await;
                }
                // Abandoned requests may have left entries with the writer.
                let rest = drain.saturating_sub(begun.elapsed()).max(WRITER_DRAIN_MIN);
                Ok(match ledgers.drain(rest).await {
                    Ok(()) => Ended::Drained(left),
                    Err(waiting) => Ended::Undrained(waiting),
                })
            };
            tokio::select! {
                drained = drained => drained,
                // A second signal ends the process at once.
                _ = interrupt.recv() => Ok(Ended::AtOnce),
                _ = terminate.recv() => Ok(Ended::AtOnce),
            }
        })?;
        drop(address_file);
        ticking.abort();
        // Remaining tasks must release the ledgers before these close: RocksDB must not be in use when the process
        // destroys its globals.
        self.runtime.shutdown_timeout(LEFT_MAX);
        let why = ledgers.fatal().borrow().clone();
        let left = match ended {
            Ended::Drained(0) => None,
            // A running query may keep the ledgers alive; the shutdown does not wait for it.
            Ended::Drained(left) => {
                tracing::warn!(left, "stopped while requests were still being answered");
                None
            }
            Ended::Undrained(waiting) => {
                std::mem::forget(ledgers);
                let seconds = drain.as_secs();
                Some(format!(
                    "stopped with {waiting} requests still waiting for the writer after {seconds} s: they were not \
                     answered; send them again"
                ))
            }
            Ended::AtOnce => {
                std::mem::forget(ledgers);
                Some("stopped at once by a second signal: unanswered requests may or may not be recorded".into())
            }
        };
        match why {
            None => {
                tracing::info!(data = %data.display(), "stopped");
                left.map_or(Ok(()), |left| Err(Failure::failed(left)))
            }
            Some(why) => {
                Err(Failure::failed(format!("no acknowledged entry is lost, but the ledger had to stop: {why}")))
            }
        }
    }
}

/// Number of threads for HTTP. Half of the processors: the writer's two threads and the query threads need some too,
/// and handing work between few threads is cheaper than between many.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |all| all.get().div_ceil(2))
}

/// Files reserved for the journal, the views and the rest of the process.
const FILES_KEPT: u64 = 512;

/// Returns the connection limit: the wanted one if the system's limit of open files allows it.
fn connections(wanted: Option<usize>) -> Result<usize, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("the limit of open files cannot be read: {error}"));
    let files = rlimit::increase_nofile_limit(u64::MAX).map_err(failed)?;
    let room = usize::try_from(files.saturating_sub(FILES_KEPT).max(1)).unwrap_or(usize::MAX);
    match wanted {
        Some(0) => Err(Failure::misused("--connections-max 0: no client could connect; choose a larger number")),
        Some(wanted) if wanted > room => Err(Failure::misused(format!(
            "--connections-max {wanted}: the system lets this process open {files} files, of which {FILES_KEPT} are \
             reserved for the ledger; choose at most {room}, or raise the limit (ulimit -n)"
        ))),
        Some(wanted) => Ok(wanted),
        None => Ok(Limits::default().connections_max.min(room)),
    }
}

/// Returns the feed limit. A feed occupies its connection for long, so by default half of the connections remain for
/// other requests.
fn feeds(wanted: Option<usize>, connections: usize) -> Result<usize, Failure> {
    match wanted {
        Some(wanted) if wanted >= connections => Err(Failure::misused(format!(
            "--feeds-max {wanted}: each feed occupies a connection, and there are {connections} of them \
             (connections_max), so no other client could connect; choose at most {}",
            connections - 1
        ))),
        Some(wanted) => Ok(wanted),
        None => Ok(FEEDS_MAX.min(connections / 2)),
    }
}

/// The end of a server.
enum Ended {
    /// Nothing left for the writer; the number counts requests that were still being answered.
    Drained(usize),
    /// The number counts requests still waiting for the writer.
    Undrained(usize),
    /// Without waiting, after a second signal.
    AtOnce,
}

/// Waits up to `limit` for the cancelled operations to end. Returns the names of those still running.
async fn ended_operations(ledgers: &Ledgers, limit: Duration) -> Vec<&'static str> {
    let begun = Instant::now();
    loop {
        let going = ledgers.operations();
        if going.is_empty() || begun.elapsed() > limit {
            return going;
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Creates the operations socket. Without one, the server still records and answers.
fn operations_socket(data: &Path, elsewhere: Option<&Path>) -> Option<OperationsSocket> {
    let path = elsewhere.map_or_else(|| data.join(SOCKET), Path::to_owned);
    let made = OperationsSocket::make(&path);
    made.inspect_err(|why| {
        tracing::warn!("backup, verify, rebuild and accept-clock are not available from this server: {why}")
    })
    .ok()
}

/// The address file in the data folder of a running server: its URL, its instance and, if outside the folder, its
/// operations socket. Removed on drop.
struct AddressFile(PathBuf);

impl AddressFile {
    fn write(data: &Path, url: &str, instance: &Instance, socket: Option<&Path>) -> AddressFile {
        let address_file = AddressFile(data.join(ADDRESS));
        let instance = instance.as_str();
        let text = match socket {
            None => format!("{url} {instance}\n"),
            Some(socket) => format!("{url} {instance} {}\n", socket.display()),
        };
        let written = folders::private_file(&address_file.0).and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::warn!(
                "cannot write {} ({error}): commands need --url to find this server",
                address_file.0.display()
            );
        }
        address_file
    }
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        // A failed removal is harmless: the file counts only while the folder is locked.
        _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests;
