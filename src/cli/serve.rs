//! `serve`: a data folder over HTTP.

use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;

use chrono::Utc;
use events::Moment;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::failure::Failure;
use super::progress::Bar;
use super::screen::Screen;
use super::settings::{DataArg, ListenArg, Settings};
use super::source::address_file;
use crate::http::{self, Limits};
use crate::ledger::{Ledgers, open_folder};
use crate::writer::Clock;

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
    #[command(flatten)]
    listen: ListenArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let server = Server::bind(&settings.listen(&args.listen), settings.connections_max(&args.listen))?;
    let ledgers = open_folder(&data, clock(), &mut Bar::new("Catching up the views"))?;
    let url = server.url();
    server.run(&data, Arc::new(ledgers), || screen.line(&format!("listening on {url}")))
}

/// A server that has its address but does not answer yet.
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    runtime: Runtime,
    limits: Limits,
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
        let runtime = Builder::new_multi_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| Failure::failed(format!("the server's threads do not start: {error}")))?;
        let limits = Limits { connections_max: connections(connections_max)?, ..Limits::default() };
        Ok(Server { listener, address, runtime, limits })
    }

    /// Where it can be reached.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers until a signal ends it, or until the ledgers can record no more. `ready` is called when both the address
    /// and the signals are taken care of.
    pub(crate) fn run(
        self,
        data: &Path,
        ledgers: Arc<Ledgers>,
        ready: impl FnOnce() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let _sign = Sign::put_up(data, &self.url());
        let mut fatal = ledgers.fatal();
        let router = http::router(Arc::clone(&ledgers), now);
        let failed = |error: std::io::Error| Failure::failed(format!("the server failed: {error}"));
        self.runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener).map_err(failed)?;
            let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
            let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
            let (stop, stopped) = oneshot::channel::<()>();
            // A sender that is gone means the same as one that has spoken: stop.
            let mut serving = pin!(http::serve_within(self.limits, listener, router, async move { _ = stopped.await }));
            ready()?;
            tokio::select! {
                served = &mut serving => return served.map_err(failed),
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = fatal.wait_for(Option::is_some) => {}
            }
            tracing::info!("stopping");
            _ = stop.send(());
            tokio::select! {
                served = serving => served.map_err(failed),
                // A second one is meant seriously.
                _ = interrupt.recv() => Ok(()),
            }
        })?;
        let why = ledgers.fatal().borrow().clone();
        match why {
            None => Ok(()),
            Some(why) => Err(Failure::failed(format!(
                "{why}; nothing that was answered is lost: see to the disk, then start again"
            ))),
        }
    }
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

/// The server's address, left in the data folder while it runs.
struct Sign(PathBuf);

impl Sign {
    fn put_up(data: &Path, url: &str) -> Sign {
        let file = address_file(data);
        if let Err(error) = std::fs::write(&file, format!("{url}\n")) {
            tracing::warn!("{} cannot be written ({error}): commands need --url", file.display());
        }
        Sign(file)
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        // Nobody trusts it once the folder is free.
        _ = std::fs::remove_file(&self.0);
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
