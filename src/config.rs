//! Configuration: flags, then `OKR_LEDGER_*`, then `okr-ledger.toml`, then defaults.
//!
//! Clap reads the first two. This module reads the file and resolves settings that exclude each other. The file of the
//! data folder overrides that of the user; a file that is named replaces both.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Deserialize;

/// The name of the configuration file, in a data folder and in the user's configuration folder.
pub const FILE: &str = "okr-ledger.toml";

/// The default data folder, relative to the current folder.
pub const DATA: &str = "okr-ledger-data";

/// The address a server listens on by default.
pub const LISTEN: &str = "127.0.0.1:8080";

/// The settings of `okr-ledger.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The data folder, relative to the file's own folder.
    pub data: Option<PathBuf>,
    /// The address to listen on, as `host:port`.
    pub listen: Option<String>,
    /// Maximum number of open connections.
    pub connections_max: Option<usize>,
    /// The unix socket that accepts operations, relative to the file's own folder.
    pub operations_socket: Option<PathBuf>,
    /// Maximum number of open feeds.
    pub feeds_max: Option<usize>,
    /// Maximum memory for data held on behalf of clients.
    pub memory_max: Option<Memory>,
    /// Maximum number of ledgers.
    pub ledgers_max: Option<usize>,
    /// The server to ask.
    pub url: Option<String>,
    /// The ledger to use when none is named.
    pub ledger: Option<String>,
    /// The log filter: `warn`, or `info,okr_ledger=debug`.
    pub log: Option<String>,
    /// The format of log lines.
    pub log_format: Option<LogFormat>,
    /// Seconds that a stopping server waits for requests under way.
    pub drain_seconds: Option<u64>,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON object per line.
    Json,
}

/// An amount of memory: bytes, or a number followed by `KiB`, `MiB` or `GiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "MemoryText")]
pub struct Memory(pub u64);

/// The two spellings in the file: a number, or a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum MemoryText {
    Bytes(u64),
    Text(String),
}

impl Memory {
    /// The minimum: with less memory, two large bodies could not be read at the same time.
    pub const MIN: Memory = Memory(64 << 20);
}

impl FromStr for Memory {
    type Err = String;

    fn from_str(text: &str) -> Result<Memory, String> {
        let text = text.trim();
        let digits = text.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => Some(1),
            "k" | "kib" => Some(1 << 10),
            "m" | "mib" => Some(1 << 20),
            "g" | "gib" => Some(1_u64 << 30),
            _ => None,
        };
        let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
        match bytes {
            Some(bytes) if bytes >= Memory::MIN.0 => Ok(Memory(bytes)),
            Some(_) => Err(format!("`{text}` is too small: the minimum is 64MiB")),
            None => Err(format!("`{text}` is not an amount of memory such as 512MiB or 2GiB")),
        }
    }
}

impl TryFrom<MemoryText> for Memory {
    type Error = String;

    fn try_from(text: MemoryText) -> Result<Memory, String> {
        match text {
            MemoryText::Bytes(bytes) => bytes.to_string().parse(),
            MemoryText::Text(text) => text.parse(),
        }
    }
}

/// Reasons why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the configuration {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The file is not a configuration.
    #[error("the configuration {0} is not valid: {1}")]
    Invalid(PathBuf, toml::de::Error),
    /// The file in a data folder names another data folder or a server.
    #[error("the configuration {0} is in a data folder and so cannot set `{1}`: remove that setting")]
    Elsewhere(PathBuf, &'static str),
    /// Two settings of the same rank exclude each other.
    #[error("{0} names both a data folder and a URL: a question is answered by only one of them, so name one")]
    Both(&'static str),
}

/// A configuration that was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Read {
    /// The merged settings.
    pub config: Config,
    /// A warning about a file that was not read although the user may expect it.
    pub unread: Option<String>,
}

impl Config {
    /// Reads the file `named`. If none is named, reads the file in the data folder (`data` comes from the command line)
    /// and the file of the `user`; settings in the data folder's file take precedence.
    ///
    /// A file in the current folder is not read: after unpacking an archive there, its author would control the
    /// settings.
    pub fn read(named: Option<&Path>, data: Option<&Path>, user: Option<&Path>) -> Result<Read, Error> {
        if let Some(named) = named {
            let config = Config::of(named)?
                .ok_or_else(|| Error::Unreadable(named.into(), std::io::Error::from(std::io::ErrorKind::NotFound)))?;
            return Ok(Read { config, unread: unread(&[named]) });
        }
        let users = user.map(Config::of).transpose()?.flatten().unwrap_or_default();
        let data = data.or(users.data.as_deref()).unwrap_or(Path::new(DATA)).join(FILE);
        let own = Config::of(&data)?.unwrap_or_default();
        if let Some(elsewhere) = own.data.as_ref().map(|_| "data").or(own.url.as_ref().map(|_| "url")) {
            return Err(Error::Elsewhere(data, elsewhere));
        }
        let read: Vec<&Path> = user.into_iter().chain([data.as_path()]).collect();
        Ok(Read { config: own.over(users), unread: unread(&read) })
    }

    /// Reads a file; `None` if it does not exist.
    fn of(path: &Path) -> Result<Option<Config>, Error> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(Error::Unreadable(path.into(), error)),
        };
        let mut config: Config = toml::from_str(&text).map_err(|error| Error::Invalid(path.into(), error))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.data = config.data.map(|data| folder.join(data));
        config.operations_socket = config.operations_socket.map(|socket| folder.join(socket));
        Ok(Some(config))
    }

    /// Returns these settings, and those of `under` for settings missing here.
    fn over(self, under: Config) -> Config {
        let Config {
            data,
            listen,
            connections_max,
            feeds_max,
            memory_max,
            ledgers_max,
            operations_socket,
            url,
            ledger,
            log,
            log_format,
            drain_seconds,
        } = self;
        Config {
            data: data.or(under.data),
            listen: listen.or(under.listen),
            connections_max: connections_max.or(under.connections_max),
            feeds_max: feeds_max.or(under.feeds_max),
            memory_max: memory_max.or(under.memory_max),
            ledgers_max: ledgers_max.or(under.ledgers_max),
            operations_socket: operations_socket.or(under.operations_socket),
            url: url.or(under.url),
            ledger: ledger.or(under.ledger),
            log: log.or(under.log),
            log_format: log_format.or(under.log_format),
            drain_seconds: drain_seconds.or(under.drain_seconds),
        }
    }
}

/// Returns the path of the file in the user's configuration folder, if the user has such a folder.
pub fn of_the_user() -> Option<PathBuf> {
    // The XDG Base Directory Specification ignores relative paths.
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| Some(absolute("HOME")?.join(".config")))?;
    Some(folder.join("okr-ledger").join(FILE))
}

/// Returns a warning if the current folder contains a configuration file that was not read.
fn unread(read: &[&Path]) -> Option<String> {
    let here = Path::new(FILE).canonicalize().ok()?;
    let is_read = read.iter().any(|path| path.canonicalize().is_ok_and(|path| path == here));
    (!is_read).then(|| {
        format!(
            "warning: {} was not read, because configuration files in the current folder are ignored: pass --config \
             {FILE}, or move the file into the data folder or to ~/.config/okr-ledger",
            here.display()
        )
    })
}

/// The destination of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A data folder, read directly.
    Data(PathBuf),
    /// A server.
    Url(String),
    /// Not specified: the default data folder if it exists, else the server at the default address.
    Usual,
}

/// A value from the command line with its source, a flag or the environment.
type Stated<T> = Option<(T, ValueSource)>;

/// Returns a value with its source.
pub fn said<T>(matches: &ArgMatches, name: &str, value: Option<T>) -> Stated<T> {
    let source = matches.try_contains_id(name).ok().and_then(|_| matches.value_source(name))?;
    value.map(|value| (value, source))
}

impl Place {
    /// Chooses the destination named by the source that ranks first: flags, environment, file.
    pub fn choose(data: Stated<PathBuf>, url: Stated<String>, file: &Config) -> Result<Place, Error> {
        let ranked = |source: ValueSource| {
            let data = data.clone().filter(|(_, from)| *from == source).map(|(data, _)| data);
            (data, url.clone().filter(|(_, from)| *from == source).map(|(url, _)| url))
        };
        let ranks = [
            ("the command line", ranked(ValueSource::CommandLine)),
            ("the environment", ranked(ValueSource::EnvVariable)),
            ("the configuration", (file.data.clone(), file.url.clone())),
        ];
        for (name, rank) in ranks {
            match rank {
                (None, None) => {}
                (Some(data), None) => return Ok(Place::Data(data)),
                (None, Some(url)) => return Ok(Place::Url(url)),
                (Some(_), Some(_)) => return Err(Error::Both(name)),
            }
        }
        Ok(Place::Usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ValueSource::{CommandLine, EnvVariable};

    fn file() -> Config {
        Config { data: Some("from-file".into()), ..Config::default() }
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_that_before_the_file() {
        let url = |source| Some(("http://a".to_owned(), source));
        let data = |source| Some((PathBuf::from("d"), source));
        let choose = |data, url, file: &Config| Place::choose(data, url, file).unwrap();
        assert_eq!(choose(data(EnvVariable), url(CommandLine), &file()), Place::Url("http://a".into()));
        assert_eq!(choose(data(CommandLine), url(EnvVariable), &file()), Place::Data("d".into()));
        assert_eq!(choose(None, url(EnvVariable), &file()), Place::Url("http://a".into()));
        assert_eq!(choose(None, None, &file()), Place::Data("from-file".into()));
        assert_eq!(choose(None, None, &Config::default()), Place::Usual);
        assert!(Place::choose(data(CommandLine), url(CommandLine), &file()).is_err());
    }

    #[test]
    fn a_data_folders_file_goes_before_the_users_and_leads_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let (user, data) = (folder.path().join("user.toml"), folder.path().join("d"));
        std::fs::create_dir(&data).unwrap();
        std::fs::write(&user, "data = 'd'\nlisten = 'a'\nledger = 'acme'").unwrap();
        let read = |data: Option<&Path>| Config::read(None, data, Some(&user)).map(|read| read.config);
        let users = read(None).unwrap();
        assert_eq!((users.data.as_ref(), users.listen.as_deref()), (Some(&data), Some("a")));
        std::fs::write(data.join(FILE), "listen = 'b'\noperations_socket = 's'").unwrap();
        for named in [None, Some(data.as_path())] {
            let both = read(named).unwrap();
            assert_eq!((both.data.as_ref(), both.listen.as_deref()), (Some(&data), Some("b")));
            assert_eq!((both.ledger.as_deref(), both.operations_socket), (Some("acme"), Some(data.join("s"))));
        }
        // Another data folder has its own settings.
        assert_eq!(read(Some(folder.path())).unwrap(), users);
        // A named file replaces both others.
        let only = Config::read(Some(&data.join(FILE)), Some(&data), Some(&user)).unwrap().config;
        assert_eq!((only.ledger, only.listen.as_deref()), (None, Some("b")));
        for elsewhere in ["data = '/elsewhere'", "url = 'http://a'"] {
            std::fs::write(data.join(FILE), elsewhere).unwrap();
            let says = read(None).unwrap_err().to_string();
            assert!(says.contains("is in a data folder"), "{says}");
        }
    }

    #[test]
    fn memory_is_named_in_bytes_or_with_a_unit() {
        let read = |text: &str| text.parse::<Memory>().map(|memory| memory.0);
        for text in ["1073741824", "1048576 KiB", "1024m", "1GiB", "1 g"] {
            assert_eq!(read(text), Ok(1 << 30), "{text}");
        }
        for bad in ["", "GiB", "-1", "1.5GiB", "1 TB", "63MiB", "99999999999999999999", "99999999999GiB"] {
            assert!(read(bad).is_err(), "{bad}");
        }
        let file = |text| toml::from_str::<Config>(text).map(|config| config.memory_max);
        assert_eq!(file("memory_max = '1GiB'").unwrap(), Some(Memory(1 << 30)));
        assert_eq!(file("memory_max = 1073741824").unwrap(), Some(Memory(1 << 30)));
        assert!(file("memory_max = 'much'").unwrap_err().to_string().contains("such as 512MiB"));
    }

    #[test]
    fn a_setting_that_is_not_known_is_refused() {
        assert!(toml::from_str::<Config>("data = 'x'\nledger = 'acme'").is_ok());
        assert!(toml::from_str::<Config>("folder = 'x'").unwrap_err().to_string().contains("folder"));
    }
}
