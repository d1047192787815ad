//! What holds for every command, and where commands find what they work on.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgMatches, Args};

use super::failure::Failure;
use super::screen::aside;
use super::serve::Allowed;
use crate::config::{self, Config, LogFormat, Memory, Place, Read};
use crate::http::DRAIN;
use crate::ledger::LEDGERS_MAX;
use crate::machine;

/// What can be said to every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "General")]
pub(crate) struct General {
    /// The configuration file [default: okr-ledger.toml in the data folder, then in ~/.config/okr-ledger]
    #[arg(long, global = true, value_name = "FILE", env = "OKR_LEDGER_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// What is logged to stderr, such as `debug` or `info,okr_ledger::writer=debug` [default: warn; of serve: info]
    #[arg(long, global = true, value_name = "FILTER", env = "OKR_LEDGER_LOG")]
    pub(crate) log: Option<String>,
    /// How it is logged [default: text]
    #[arg(long, global = true, value_name = "FORMAT", value_enum, env = "OKR_LEDGER_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

/// A data folder.
#[derive(Debug, Args)]
pub(crate) struct DataArg {
    /// The data folder [default: okr-ledger-data]
    #[arg(long, value_name = "DIR", env = "OKR_LEDGER_DATA")]
    pub(crate) data: Option<PathBuf>,
}

/// A data folder or a server.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    folder: DataArg,
    /// The server to ask instead [default: http://127.0.0.1:8080, where there is no okr-ledger-data]
    #[arg(long, value_name = "URL", env = "OKR_LEDGER_URL")]
    url: Option<String>,
}

/// An address to listen on.
#[derive(Debug, Args)]
pub(crate) struct ListenArg {
    /// The loopback address to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "OKR_LEDGER_LISTEN")]
    listen: Option<String>,
    /// Connections that may be open at once [default: 12000, or what the system's limit of open files allows]
    #[arg(long, value_name = "NUMBER", env = "OKR_LEDGER_CONNECTIONS_MAX")]
    connections_max: Option<usize>,
    /// Feeds of events that may be open at once; 0 leaves pages and programs to ask from time to time [default: 2048, or half
    /// of the connections]
    #[arg(long, value_name = "NUMBER", env = "OKR_LEDGER_FEEDS_MAX")]
    feeds_max: Option<usize>,
    /// Memory for what is held for clients, such as 512MiB or 2GiB [default: a quarter of the machine's, at least 512MiB]
    #[arg(long, value_name = "MEMORY", env = "OKR_LEDGER_MEMORY_MAX")]
    memory_max: Option<Memory>,
    #[command(flatten)]
    ledgers_max: LedgersMaxArg,
}

/// How many ledgers there may be.
#[derive(Debug, Args)]
pub(crate) struct LedgersMaxArg {
    /// Ledgers that may be made [default: 1000]
    #[arg(long, value_name = "NUMBER", env = "OKR_LEDGER_LEDGERS_MAX")]
    ledgers_max: Option<usize>,
}

/// Where operations are asked for.
#[derive(Debug, Args)]
pub(crate) struct SocketArg {
    /// The unix socket through which backup, verify, rebuild and accept-clock are asked for; its path has 107 bytes at most
    /// [default: operations.sock in the data folder]
    #[arg(long, value_name = "PATH", env = "OKR_LEDGER_OPERATIONS_SOCKET")]
    operations_socket: Option<PathBuf>,
}

/// How a server ends.
#[derive(Debug, Args)]
pub(crate) struct DrainArg {
    /// Told to stop, go on with what is under way for at most so many seconds [default: 30]
    #[arg(long, value_name = "SECONDS", env = "OKR_LEDGER_DRAIN_SECONDS")]
    drain_seconds: Option<u64>,
}

/// A ledger.
#[derive(Debug, Args)]
pub(crate) struct LedgerArg {
    /// The ledger's slug [default: the only one there is]
    #[arg(long, short = 'l', value_name = "SLUG", env = "OKR_LEDGER_LEDGER")]
    pub(crate) ledger: Option<String>,
}

/// Flags, environment and file, read.
#[derive(Debug)]
pub(crate) struct Settings {
    file: Config,
    log: Option<String>,
    log_format: Option<LogFormat>,
    matches: ArgMatches,
}

impl Settings {
    pub(crate) fn read(general: General, matches: &ArgMatches) -> Result<Settings, Failure> {
        let matches = matches.subcommand().map(|(_, matches)| matches.clone()).unwrap_or_default();
        let data = matches.try_get_one::<PathBuf>("data").ok().flatten();
        let (named, data) = (general.config.as_deref(), data.map(PathBuf::as_path));
        let read = Config::read(named, data, config::of_the_user().as_deref());
        let Read { config: file, unread } = read.map_err(|error| Failure::misused(error.to_string()))?;
        if let Some(unread) = unread {
            aside(&unread);
        }
        Ok(Settings { file, log: general.log, log_format: general.log_format, matches })
    }

    /// What is to be logged.
    pub(crate) fn log(&self) -> Option<&str> {
        self.log.as_deref().or(self.file.log.as_deref())
    }

    /// How it is logged.
    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format.or(self.file.log_format).unwrap_or_default()
    }

    /// How long a server goes on when it is told to stop.
    pub(crate) fn drain(&self, arg: &DrainArg) -> Duration {
        arg.drain_seconds.or(self.file.drain_seconds).map_or(DRAIN, Duration::from_secs)
    }

    /// The data folder.
    pub(crate) fn data(&self, arg: &DataArg) -> PathBuf {
        self.data_if_said(arg).unwrap_or_else(|| config::DATA.into())
    }

    /// The data folder, if anybody named one.
    pub(crate) fn data_if_said(&self, arg: &DataArg) -> Option<PathBuf> {
        arg.data.clone().or_else(|| self.file.data.clone())
    }

    /// The address to listen on.
    pub(crate) fn listen(&self, arg: &ListenArg) -> String {
        let said = arg.listen.clone().or_else(|| self.file.listen.clone());
        said.unwrap_or_else(|| config::LISTEN.into())
    }

    /// How much a server may take.
    pub(crate) fn allowed(&self, arg: &ListenArg) -> Allowed {
        let memory_max = arg.memory_max.or(self.file.memory_max);
        Allowed {
            connections_max: arg.connections_max.or(self.file.connections_max),
            feeds_max: arg.feeds_max.or(self.file.feeds_max),
            memory_max: memory_max.map_or_else(machine::memory_max, |memory| memory.0),
            ledgers_max: self.ledgers_max(&arg.ledgers_max),
        }
    }

    /// How many ledgers may be made.
    pub(crate) fn ledgers_max(&self, arg: &LedgersMaxArg) -> usize {
        arg.ledgers_max.or(self.file.ledgers_max).unwrap_or(LEDGERS_MAX)
    }

    /// Where operations are asked for, if not in the data folder.
    pub(crate) fn operations_socket(&self, arg: &SocketArg) -> Result<Option<PathBuf>, Failure> {
        let said = arg.operations_socket.as_ref().or(self.file.operations_socket.as_ref());
        // Commands look for it from wherever they are called.
        let whole = said.map(std::path::absolute).transpose();
        whole.map_err(|error| Failure::misused(format!("--operations-socket: {error}")))
    }

    /// The ledger, if anybody named one.
    pub(crate) fn ledger(&self, arg: &LedgerArg) -> Option<String> {
        arg.ledger.clone().or_else(|| self.file.ledger.clone())
    }

    /// Where to ask.
    pub(crate) fn place(&self, args: &PlaceArgs) -> Result<Place, Failure> {
        let data = config::said(&self.matches, "data", args.folder.data.clone());
        let url = config::said(&self.matches, "url", args.url.clone());
        Place::choose(data, url, &self.file).map_err(|error| Failure::misused(error.to_string()))
    }
}
