//! `serve`: a data folder over HTTP.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use events::Moment;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::chance::new_incarnation;
use super::failure::Failure;
use super::progress::Bar;
use super::screen::Screen;
use super::settings::{DataArg, DrainArg, ListenArg, Settings};
use crate::http::{self, DRAIN, FEEDS_MAX, FeedLimits, Gate, Limits, Operator};
use crate::ledger::home::{ADDRESS, OPERATOR};
use crate::ledger::{Ledgers, open_folder};
use crate::views::Progress;
use crate::writer::Clock;

/// So long is left to the writer in any case: what it was given is recorded.
const WRITER_DRAIN_MIN: Duration = Duration::from_secs(1);

/// So long is waited for what is left under way to let go.
const LEFT_MAX: Duration = Duration::from_secs(2);

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
    #[command(flatten)]
    listen: ListenArg,
    #[command(flatten)]
    drain: DrainArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let server = Server::bind(&settings.listen(&args.listen), settings.connections_max(&args.listen))?
        .with_feeds(settings.feeds_max(&args.listen))?
        .draining(settings.drain(&args.drain));
    let url = server.url();
    let open = |gate: &Gate| {
        let ledgers = open_folder(
            &data,
            clock(),
            new_incarnation(),
            &mut Opening(gate.clone(), Bar::new("Catching up the views")),
        )?;
        ledgers.prepare_to_record()?;
        Ok(Arc::new(ledgers))
    };
    server.run(&data, open, || screen.line(&format!("listening on {url}")))
}

/// Views that are being caught up: drawn here, and told to who asks.
struct Opening(Gate, Bar);

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
    feeds_max: usize,
}

impl Server {
    /// Takes the address. It comes first: an address that cannot be had is known before views are caught up.
    pub(crate) fn bind(listen: &str, connections_max: Option<usize>) -> Result<Server, Failure> {
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
        let limits = Limits { connections_max: connections(connections_max)?, ..Limits::default() };
        let feeds_max = feeds(None, limits.connections_max)?;
        Ok(Server { listener, address, runtime, drain: DRAIN, limits, feeds_max })
    }

    /// The same with so many feeds at most, if anybody said how many.
    pub(crate) fn with_feeds(self, wanted: Option<usize>) -> Result<Server, Failure> {
        Ok(Server { feeds_max: feeds(wanted, self.limits.connections_max)?, ..self })
    }

    /// The same with another limit to its end.
    pub(crate) fn draining(self, drain: Duration) -> Server {
        Server { drain, ..self }
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
        open: impl FnOnce(&Gate) -> Result<Arc<Ledgers>, Failure>,
        ready: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::failed(format!("the server failed: {error}"));
        let url = self.url();
        let gate = Gate::new();
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
        // In this order: whoever finds the sign is answered, and can end it as it ought to end.
        let within = self.runtime.enter();
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        drop(within);
        let operator = Operator::new();
        let feeds = FeedLimits { feeds_max: self.feeds_max, ..FeedLimits::default() };
        gate.open(http::router_with(Arc::clone(&ledgers), now, operator.clone(), feeds));
        let sign = Sign::put_up(data, &url, &operator);
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
            _ = stop.send(());
            let drained = async {
                let left = (&mut serving).await.map_err(std::io::Error::other).flatten().map_err(failed)?;
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

/// What is left in the data folder while a server runs: where it is, and what an operator shows it.
struct Sign([PathBuf; 2]);

impl Sign {
    fn put_up(data: &Path, url: &str, operator: &Operator) -> Sign {
        let sign = Sign([ADDRESS, OPERATOR].map(|name| data.join(name)));
        let texts = [(0o644, format!("{url} {}\n", operator.instance())), (0o600, format!("{}\n", operator.token()))];
        for (file, (mode, text)) in sign.0.iter().zip(texts) {
            // Made anew, so that its mode is its own from the first byte on.
            _ = std::fs::remove_file(file);
            let written = std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(file);
            if let Err(error) = written.and_then(|mut file| file.write_all(text.as_bytes())) {
                tracing::warn!("{} cannot be written ({error}): commands need --url", file.display());
            }
        }
        sign
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        for file in &self.0 {
            // Nobody trusts it once the folder is free.
            _ = std::fs::remove_file(file);
        }
    }
}

/// The world's clock, for the writer.
pub(crate) fn clock() -> Clock {
    Box::new(now)
}

/// The world's time.
pub(crate) fn now() -> Moment {
    Moment::from(Utc::now())
}

#[cfg(test)]
mod tests;
