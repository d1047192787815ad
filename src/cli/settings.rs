//! Options common to all commands, and options that select a data folder or a server.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgMatches, Args};

use super::failure::Failure;
use super::screen::aside;
use crate::config::{self, Config, LogFormat, Memory, Place, Read};
use crate::http::DRAIN;
use crate::ledger::LEDGERS_MAX;
use crate::machine;

#[derive(Debug, Args)]
#[command(next_help_heading = "General")]
pub(crate) struct General {
    /// Configuration file [default: okr-ledger.toml in the data folder, then in ~/.config/okr-ledger]
    #[arg(long, global = true, value_name = "FILE", env = "OKR_LEDGER_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Log filter for stderr, such as `debug` or `info,okr_ledger::writer=debug` [default: warn; for serve: info]
    #[arg(long, global = true, value_name = "FILTER", env = "OKR_LEDGER_LOG")]
    pub(crate) log: Option<String>,
    /// Log format [default: text]
    #[arg(long, global = true, value_name = "FORMAT", value_enum, env = "OKR_LEDGER_LOG_FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
}

#[derive(Debug, Args)]
pub(crate) struct DataArg {
    /// The data folder [default: okr-ledger-data]
    #[arg(long, value_name = "DIR", env = "OKR_LEDGER_DATA")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    folder: DataArg,
    /// Ask this server instead [default: http://127.0.0.1:8080, if there is no okr-ledger-data]
    #[arg(long, value_name = "URL", env = "OKR_LEDGER_URL")]
    url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ListenArg {
    /// Loopback address to listen on; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", env = "OKR_LEDGER_LISTEN")]
    listen: Option<String>,
    /// Connections open at once [default: 12000, or as many as the system's limit of open files allows]
    #[arg(long, value_name = "NUMBER", env = "OKR_LEDGER_CONNECTIONS_MAX")]
    connections_max: Option<usize>,
    /// Event feeds open at once; with 0, pages and programs poll instead [default: 2048, or half of the connections]
    #[arg(long, value_name = "NUMBER", env = "OKR_LEDGER_FEEDS_MAX")]
    feeds_max: Option<usize>,
    /// Memory held on behalf of clients, such as 512MiB or 2GiB [default: a quarter of the machine's, at least 512MiB]
    #[arg(long, value_name = "MEMORY", env = "OKR_LEDGER_MEMORY_MAX")]
    memory_max: Option<Memory>,
    #[command(flatten)]
    ledgers_max: LedgersMaxArg,
}

#[derive(Debug, Args)]
pub(crate) struct LedgersMaxArg {
    /// Number of ledgers that may be created [default: 1000]
    #[arg(long, value_name = "NUMBER", env = "OKR_LEDGER_LEDGERS_MAX")]
    ledgers_max: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct SocketArg {
    /// Unix socket for backup, verify, rebuild and accept-clock; its path has 107 bytes at most [default:
    /// operations.sock in the data folder]
    #[arg(long, value_name = "PATH", env = "OKR_LEDGER_OPERATIONS_SOCKET")]
    operations_socket: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DrainArg {
    /// On shutdown, give running requests this many seconds to finish [default: 30]
    #[arg(long, value_name = "SECONDS", env = "OKR_LEDGER_DRAIN_SECONDS")]
    drain_seconds: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct LedgerArg {
    /// The ledger's slug [default: the only ledger]
    #[arg(long, short = 'l', value_name = "SLUG", env = "OKR_LEDGER_LEDGER")]
    pub(crate) ledger: Option<String>,
}

/// Flags, environment and configuration file.
#[derive(Debug)]
pub(crate) struct Settings {
    file: Config,
    log: Option<String>,
    log_format: Option<LogFormat>,
    matches: ArgMatches,
}

/// Limits from the settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed {
    /// Connections open at once; `None` for the default.
    pub(crate) connections_max: Option<usize>,
    /// Event feeds open at once; `None` for the default.
    pub(crate) feeds_max: Option<usize>,
    /// Bytes of memory held on behalf of clients.
    pub(crate) memory_max: u64,
    /// Number of ledgers that may be created.
    pub(crate) ledgers_max: usize,
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

    pub(crate) fn log(&self) -> Option<&str> {
        self.log.as_deref().or(self.file.log.as_deref())
    }

    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format.or(self.file.log_format).unwrap_or_default()
    }

    /// Returns the time limit of a shutdown.
    pub(crate) fn drain(&self, arg: &DrainArg) -> Duration {
        arg.drain_seconds.or(self.file.drain_seconds).map_or(DRAIN, Duration::from_secs)
    }

    pub(crate) fn data(&self, arg: &DataArg) -> PathBuf {
        self.named_data(arg).unwrap_or_else(|| config::DATA.into())
    }

    /// Returns the data folder if a flag, the environment or the file names one.
    pub(crate) fn named_data(&self, arg: &DataArg) -> Option<PathBuf> {
        arg.data.clone().or_else(|| self.file.data.clone())
    }

    pub(crate) fn listen(&self, arg: &ListenArg) -> String {
        let said = arg.listen.clone().or_else(|| self.file.listen.clone());
        said.unwrap_or_else(|| config::LISTEN.into())
    }

    /// Returns the limits of a server, with defaults from the machine.
    pub(crate) fn allowed(&self, arg: &ListenArg) -> Allowed {
        let memory_max = arg.memory_max.or(self.file.memory_max);
        Allowed {
            connections_max: arg.connections_max.or(self.file.connections_max),
            feeds_max: arg.feeds_max.or(self.file.feeds_max),
            memory_max: memory_max.map_or_else(machine::memory_max, |memory| memory.0),
            ledgers_max: self.ledgers_max(&arg.ledgers_max),
        }
    }

    /// Returns the number of ledgers that may be created.
    pub(crate) fn ledgers_max(&self, arg: &LedgersMaxArg) -> usize {
        arg.ledgers_max.or(self.file.ledgers_max).unwrap_or(LEDGERS_MAX)
    }

    /// Returns the operations socket, if outside the data folder.
    pub(crate) fn operations_socket(&self, arg: &SocketArg) -> Result<Option<PathBuf>, Failure> {
        let said = arg.operations_socket.as_ref().or(self.file.operations_socket.as_ref());
        // Commands run in other working directories, so the path must be absolute.
        let whole = said.map(std::path::absolute).transpose();
        whole.map_err(|error| Failure::misused(format!("--operations-socket: {error}")))
    }

    /// Returns the ledger if a flag, the environment or the file names one.
    pub(crate) fn ledger(&self, arg: &LedgerArg) -> Option<String> {
        arg.ledger.clone().or_else(|| self.file.ledger.clone())
    }

    /// Returns the data folder or server to ask.
    pub(crate) fn place(&self, args: &PlaceArgs) -> Result<Place, Failure> {
        let data = config::said(&self.matches, "data", args.folder.data.clone());
        let url = config::said(&self.matches, "url", args.url.clone());
        Place::choose(data, url, &self.file).map_err(|error| Failure::misused(error.to_string()))
    }
}
