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

use super::chance::new_incarnation;
use super::failure::Failure;
use super::progress::Bar;
use super::screen::Screen;
use super::settings::{DataArg, DrainArg, ListenArg, Settings, SocketArg};
use crate::clock::{Clocks, now};
use crate::folders;
use crate::http::{self, DRAIN, FEEDS_MAX, FeedLimits, Instance, Limits, OperationsSocket, StartupService};
use crate::ledger::data_folder::{ADDRESS, SOCKET};
use crate::ledger::{Ledgers, open_guarded};
use crate::views::Progress;

/// So long is left to the writer in any case: what it was given is recorded.
const WRITER_DRAIN_MIN: Duration = Duration::from_secs(1);

/// So long is waited for what is left under way to let go.
const LEFT_MAX: Duration = Duration::from_secs(2);

/// How often the machine's clock is looked at where nothing is recorded.
const TICK: Duration = Duration::from_secs(60);

/// So long is waited in any case for operations to come to their next step.
const OPERATIONS_DRAIN_MIN: Duration = Duration::from_secs(1);

/// How often a server that ends looks whether its operations have.
const LOOK: Duration = Duration::from_millis(20);

/// What can be said to it.
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
    let open = |gate: &StartupService| {
        let mut opening = Opening(gate.clone(), Bar::new("Catching up the views"));
        let ledgers = open_guarded(&data, Clocks::of_this_machine(), new_incarnation(), &mut opening)?;
        warn_of_onlookers(&data);
        ledgers.prepare_to_record()?;
        Ok(Arc::new(ledgers))
    };
    server.run(&data, open, || screen.line(&format!("listening on {url}")))
}

/// Says so where others than its owner may look into a data folder, as into one that an earlier version made.
fn warn_of_onlookers(data: &Path) {
    let mode = data.metadata().map_or(0, |folder| folder.permissions().mode()) & 0o777;
    if mode & 0o077 != 0 {
        let data = data.display();
        tracing::warn!("others than its owner may look into the data folder {data} (mode {mode:o}): chmod 700 {data}");
    }
}

/// Views that are being caught up: drawn here, and told to who asks.
struct Opening(StartupService, Bar);

impl Progress for Opening {
    fn folded(&mut self, done: u64, all: u64) {
        self.0.folded(done, all);
        self.1.folded(done, all);
    }
}

/// A server that has its address but does not answer yet.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    runtime: Runtime,
    drain: Duration,
    limits: Limits,
    /// Where operations are asked for, if not in the data folder.
    socket: Option<PathBuf>,
    feeds_max: usize,
    allowed: Allowed,
}

/// How much a server may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed {
    /// Connections that may be open at once, where anybody said how many.
    pub(crate) connections_max: Option<usize>,
    /// Feeds that may be open at once, likewise.
    pub(crate) feeds_max: Option<usize>,
    /// Bytes for what is held for clients.
    pub(crate) memory_max: u64,
    /// Ledgers that may be made.
    pub(crate) ledgers_max: usize,
}

impl Server {
    /// Takes the address. It comes first: an address that cannot be had is known before views are caught up.
    pub(crate) fn bind(listen: &str, allowed: Allowed) -> Result<Server, Failure> {
        let addresses: Vec<SocketAddr> = listen
            .to_socket_addrs()
            .map_err(|error| {
                Failure::misused(format!("--listen {listen} is not an address such as 127.0.0.1:8080: {error}"))
            })?
            .collect();
        if let Some(open) = addresses.iter().find(|address| !address.ip().is_loopback()) {
            return Err(Failure::misused(format!(
                "--listen {listen}: there is no access control yet, so whoever reaches {} could read and record \
                 everything; listen on a loopback address (127.0.0.1:8080) and put what guards it in front",
                open.ip()
            )));
        }
        let taken = |error: std::io::Error| {
            Failure::failed(format!("cannot listen on {listen} ({error}): name another address with --listen"))
        };
        let listener = TcpListener::bind(&*addresses).map_err(taken)?;
        listener.set_nonblocking(true).map_err(taken)?;
        let address = listener.local_addr().map_err(taken)?;
        let runtime = Builder::new_multi_thread().worker_threads(workers()).enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::failed(format!("the server's threads do not start: {error}")))?;
        let limits = Limits { connections_max: connections(allowed.connections_max)?, ..Limits::default() };
        let feeds_max = feeds(allowed.feeds_max, limits.connections_max)?;
        Ok(Server { listener, address, runtime, drain: DRAIN, limits, feeds_max, allowed, socket: None })
    }

    /// The same with another limit to its end.
    pub(crate) fn draining(self, drain: Duration) -> Server {
        Server { drain, ..self }
    }

    /// The same with another place for its operations socket.
    pub(crate) fn operated_at(self, socket: Option<PathBuf>) -> Server {
        Server { socket, ..self }
    }

    /// Where it can be reached.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens the ledgers and answers until a signal ends it, or until they can record no more. `ready` is called when all
    /// is taken care of. Meanwhile it is told how far the opening has come.
    pub(crate) fn run(
        self,
        data: &Path,
        open: impl FnOnce(&StartupService) -> Result<Arc<Ledgers>, Failure>,
        ready: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::failed(format!("the server failed: {error}"));
        let url = self.url();
        let gate = StartupService::new();
        let (stop, stopped) = oneshot::channel::<()>();
        let (service, drain, limits) = (gate.clone(), self.drain, self.limits);
        let mut serving = self.runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener).map_err(failed)?;
            // A sender that is gone means the same as one that has spoken: stop.
            let stopped = async move { _ = stopped.await };
            Ok::<_, Failure>(tokio::spawn(http::serve_within(limits, listener, service, stopped, drain)))
        })?;
        tracing::info!(data = %data.display(), address = %url, "opening the ledgers");
        let ledgers = open(&gate)?;
        let memory = http::Memory::of(self.allowed.memory_max);
        ledgers.set_queue_bytes_max(memory.queue_bytes_max());
        ledgers.set_ledgers_max(self.allowed.ledgers_max);
        // In this order: whoever finds the sign is answered, and can end it as it ought to end.
        let within = self.runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        drop(within);
        let instance = Instance::new();
        let feeds = FeedLimits { feeds_max: self.feeds_max, ..FeedLimits::default() };
        gate.open(http::router_of(instance.clone(), Arc::clone(&ledgers), now, feeds, memory));
        let socket = operations_socket(data, self.socket.as_deref());
        let sign = Sign::put_up(data, &url, &instance, self.socket.as_deref().filter(|_| socket.is_some()));
        let (stop_operating, operating_stopped) = oneshot::channel::<()>();
        let operating = socket.map(|socket| {
            let operations = http::operations(instance, Arc::clone(&ledgers));
            self.runtime.spawn(async move {
                if let Err(error) = socket.serve(operations, async move { _ = operating_stopped.await }).await {
                    tracing::warn!("operations cannot be asked for any more: {error}");
                }
            })
        });
        // What there is to say of the clock is said before the first request.
        ledgers.tick();
        let ticked = Arc::clone(&ledgers);
        let ticking = self.runtime.spawn(async move {
            loop {
                tokio::time::sleep(TICK).await;
                let ledgers = Arc::clone(&ticked);
                // It may write a file.
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
                    tracing::warn!(ledger, held, all, "the taking of its copy was cut short: it is not recorded into");
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
                tracing::warn!(operations = cancelled.len(), "cancelling {}: nothing half-made counts", cancelled.join(", "));
            }
            _ = stop.send(());
            _ = stop_operating.send(());
            let drained = async {
                let left = (&mut serving).await.map_err(std::io::Error::other).flatten().map_err(failed)?;
                let going = ended_operations(&ledgers, drain.saturating_sub(begun.elapsed()).max(OPERATIONS_DRAIN_MIN)).await;
                if !going.is_empty() {
                    tracing::warn!(operations = going.len(), "ended while {} had not come to its next step", going.join(", "));
                } else if let Some(operating) = operating {
                    // Whoever asked for one is told what became of it.
                    _ = tokio::time::timeout(OPERATIONS_DRAIN_MIN, operating).await;
                }
                // Requests that are not waited for any more may have left something to the writer.
                let rest = drain.saturating_sub(begun.elapsed()).max(WRITER_DRAIN_MIN);
                Ok(match ledgers.drain(rest).await {
                    Ok(()) => Ended::Drained(left),
                    Err(waiting) => Ended::Undrained(waiting),
                })
            };
            tokio::select! {
                drained = drained => drained,
                // A second one is meant seriously.
                _ = interrupt.recv() => Ok(Ended::AtOnce),
                _ = terminate.recv() => Ok(Ended::AtOnce),
            }
        })?;
        drop(sign);
        ticking.abort();
        // What is left under way lets go of the ledgers before they are closed: RocksDB must not be in use when the process
        // takes its globals down.
        self.runtime.shutdown_timeout(LEFT_MAX);
        let why = ledgers.fatal().borrow().clone();
        let left = match ended {
            Ended::Drained(0) => None,
            // A question that has not come to its end may hold on to the ledgers: nobody waits for it.
            Ended::Drained(left) => {
                tracing::warn!(left, "ended while requests were still being answered");
                None
            }
            Ended::Undrained(waiting) => {
                std::mem::forget(ledgers);
                let seconds = drain.as_secs();
                Some(format!(
                    "ended with {waiting} requests still waiting for the writer after {seconds} s: they were not answered; \
                     send them again"
                ))
            }
            Ended::AtOnce => {
                std::mem::forget(ledgers);
                Some("ended at once by a second signal: what was not answered may or may not be recorded".into())
            }
        };
        match why {
            None => {
                tracing::info!(data = %data.display(), "stopped");
                left.map_or(Ok(()), |left| Err(Failure::failed(left)))
            }
            Some(why) => {
                Err(Failure::failed(format!("nothing that was answered is lost, but the ledger had to stop: {why}")))
            }
        }
    }
}

/// Threads that read requests and write answers. Half of the processors: the writer's two threads and those that answer questions
/// want some too, and on the way between few threads less time is lost than between many.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |all| all.get().div_ceil(2))
}

/// Files that connections must leave to the journal, the views and the rest of the process.
const FILES_KEPT: u64 = 512;

/// How many connections there may be: as many as are wanted, if there are files for them.
fn connections(wanted: Option<usize>) -> Result<usize, Failure> {
    let failed = |error: std::io::Error| Failure::failed(format!("the limit of open files cannot be read: {error}"));
    let files = rlimit::increase_nofile_limit(u64::MAX).map_err(failed)?;
    let room = usize::try_from(files.saturating_sub(FILES_KEPT).max(1)).unwrap_or(usize::MAX);
    match wanted {
        Some(0) => Err(Failure::misused("--connections-max 0: nobody could ask; name a greater number")),
        Some(wanted) if wanted > room => Err(Failure::misused(format!(
            "--connections-max {wanted}: the system lets this process open {files} files, of which {FILES_KEPT} are kept \
             for the ledger; name at most {room}, or raise the limit (ulimit -n)"
        ))),
        Some(wanted) => Ok(wanted),
        None => Ok(Limits::default().connections_max.min(room)),
    }
}

/// How many feeds there may be: as many as are wanted, if there are connections for them. Each keeps one for long, so that by
/// default half of the connections are left to whoever asks and records.
fn feeds(wanted: Option<usize>, connections: usize) -> Result<usize, Failure> {
    match wanted {
        Some(wanted) if wanted >= connections => Err(Failure::misused(format!(
            "--feeds-max {wanted}: each feed keeps a connection, and there are {connections} of them (connections_max): \
             nobody else could ask; name at most {}",
            connections - 1
        ))),
        Some(wanted) => Ok(wanted),
        None => Ok(FEEDS_MAX.min(connections / 2)),
    }
}

/// How a server ended.
enum Ended {
    /// With nothing left for the writer, and so many requests that were still being answered.
    Drained(usize),
    /// With so many requests waiting for the writer.
    Undrained(usize),
    /// Without waiting for anything.
    AtOnce,
}

/// Waits until the operations that were cancelled have ended, for so long at most. Returns those that have not.
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

/// The socket through which operations are asked for. A server without one records and answers as well as any other.
fn operations_socket(data: &Path, elsewhere: Option<&Path>) -> Option<OperationsSocket> {
    let path = elsewhere.map_or_else(|| data.join(SOCKET), Path::to_owned);
    let made = OperationsSocket::make(&path);
    made.inspect_err(|why| {
        tracing::warn!("backup, verify, rebuild and accept-clock cannot be asked of this server: {why}")
    })
    .ok()
}

/// What is left in the data folder while a server runs: where it is, and which one. Only with another place for its
/// operations socket is that said too.
struct Sign(PathBuf);

impl Sign {
    fn put_up(data: &Path, url: &str, instance: &Instance, socket: Option<&Path>) -> Sign {
        let sign = Sign(data.join(ADDRESS));
        let instance = instance.as_str();
        let text = match socket {
            None => format!("{url} {instance}\n"),
            Some(socket) => format!("{url} {instance} {}\n", socket.display()),
        };
        let written = folders::private_file(&sign.0).and_then(|mut file| file.write_all(text.as_bytes()));
        if let Err(error) = written {
            tracing::warn!("{} cannot be written ({error}): commands need --url", sign.0.display());
        }
        sign
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        // Nobody trusts it once the folder is free.
        _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests;
