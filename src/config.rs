//! Configuration: flags, then `OKR_LEDGER_*`, then `okr-ledger.toml`, then defaults.
//!
//! The first two are read by clap; here is the file, and the order where two settings exclude each other.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::Deserialize;

/// The file that is read from the current folder where none is named.
pub const FILE: &str = "okr-ledger.toml";

/// The data folder where none is named.
pub const DATA: &str = "okr-ledger-data";

/// The address where none is named.
pub const LISTEN: &str = "127.0.0.1:8080";

/// What `okr-ledger.toml` can say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The data folder; relative to the file's own folder.
    pub data: Option<PathBuf>,
    /// The address to listen on.
    pub listen: Option<String>,
    /// Connections that may be open at once.
    pub connections_max: Option<usize>,
    /// Feeds that may be open at once.
    pub feeds_max: Option<usize>,
    /// The server to ask.
    pub url: Option<String>,
    /// The ledger that is meant where none is named.
    pub ledger: Option<String>,
    /// What is logged: `warn`, or `info,okr_ledger=debug`.
    pub log: Option<String>,
    /// How it is logged.
    pub log_format: Option<LogFormat>,
    /// How many seconds a server that is told to stop goes on with what is under way.
    pub drain_seconds: Option<u64>,
}

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: a JSON object a line.
    Json,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("the configuration {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    /// The file is not a configuration.
    #[error("the configuration {0} is not valid: {1}")]
    Invalid(PathBuf, toml::de::Error),
    /// Two settings of the same rank exclude each other.
    #[error("{0} names both a data folder and a URL: a question is asked of one of the two")]
    Both(&'static str),
}

impl Config {
    /// Reads the file that was named, or else the one in the current folder if there is one.
    pub fn read(named: Option<&Path>) -> Result<Config, Error> {
        let path = named.unwrap_or(Path::new(FILE));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Config::default());
            }
            Err(error) => return Err(Error::Unreadable(path.into(), error)),
        };
        let mut config: Config = toml::from_str(&text).map_err(|error| Error::Invalid(path.into(), error))?;
        config.data = config.data.map(|data| path.parent().unwrap_or(Path::new("")).join(data));
        Ok(config)
    }
}

/// Where a question is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Of a data folder.
    Data(PathBuf),
    /// Of a server.
    Url(String),
    /// Nobody said: of the usual data folder, else of the server at the usual address.
    Usual,
}

/// A value of the command line, and whether it was a flag or stood in the environment.
type Said<T> = Option<(T, ValueSource)>;

/// A value with where it came from.
pub fn said<T>(matches: &ArgMatches, name: &str, value: Option<T>) -> Said<T> {
    let source = matches.try_contains_id(name).ok().and_then(|_| matches.value_source(name))?;
    value.map(|value| (value, source))
}

impl Place {
    /// The place that the first of flags, environment and file names.
    pub fn choose(data: Said<PathBuf>, url: Said<String>, file: &Config) -> Result<Place, Error> {
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
    fn a_setting_that_is_not_known_is_refused() {
        assert!(toml::from_str::<Config>("data = 'x'\nledger = 'acme'").is_ok());
        assert!(toml::from_str::<Config>("folder = 'x'").unwrap_err().to_string().contains("folder"));
    }
}
