//! Logs to stderr, to keep stdout clean for answers.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use super::failure::Failure;
use super::settings::Settings;
use crate::config::LogFormat;
use crate::http::REQUEST_LOG;

/// Starts logging for the first command of the process. By default a server does not log successful requests; `--log
/// info` logs one line for each.
pub(crate) fn begin(settings: &Settings, is_server: bool) -> Result<(), Failure> {
    let usual = if is_server { format!("info,{REQUEST_LOG}=warn") } else { "warn".to_owned() };
    let wanted = settings.log().unwrap_or(&usual);
    let filter = EnvFilter::try_new(wanted).map_err(|error| {
        Failure::misused(format!("--log {wanted} is not a log filter such as `warn` or `info`: {error}"))
    })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error means that an earlier command of this process has started logging.
    _ = match settings.log_format() {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
        LogFormat::Text => {
            let is_terminal = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            lines.with_ansi(is_terminal).try_init()
        }
    };
    Ok(())
}
