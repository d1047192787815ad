//! A server, asked over the network.

use std::path::Path;
use std::time::Duration;

use axum::http::{Request, Uri};
use ureq::Agent;

use super::{Answer, address_file};
use crate::cli::failure::Failure;

/// What an answer may weigh. A feed of a thousand events with the longest texts is far below.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// A server.
pub(crate) struct Server {
    agent: Agent,
    base: String,
}

impl Server {
    pub(super) fn at(url: &str) -> Result<Server, Failure> {
        let base = url.trim_end_matches('/').to_owned();
        let uri: Uri = base.parse().map_err(|_| Failure::misused(format!("--url {url} is not a URL")))?;
        match uri.scheme_str() {
            Some("http") if uri.host().is_some() => {}
            Some("https") => {
                return Err(Failure::misused(format!(
                    "--url {url}: this program speaks plain http only; reach a server behind TLS through a local proxy"
                )));
            }
            _ => return Err(Failure::misused(format!("--url {url} is not a URL such as http://127.0.0.1:8080"))),
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Servers listen on loopback addresses: no proxy can reach what is meant.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .build()
            .into();
        Ok(Server { agent, base })
    }

    /// The server that has this data folder open, as far as it left word.
    pub(super) fn of_folder(data: &Path) -> Option<Server> {
        let url = std::fs::read_to_string(address_file(data)).ok()?;
        Server::at(url.trim()).ok()
    }

    /// Its URL.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) fn send(&self, request: Request<Vec<u8>>) -> Result<Answer, Failure> {
        let failed = |error: ureq::Error| Failure::failed(format!("{} does not answer: {error}", self.base));
        let (mut parts, body) = request.into_parts();
        let uri = format!("{}{}", self.base, parts.uri);
        parts.uri = uri.parse().map_err(|_| Failure::failed(format!("{uri} is not a URL")))?;
        let response = if body.is_empty() {
            self.agent.run(Request::from_parts(parts, ()))
        } else {
            self.agent.run(Request::from_parts(parts, body))
        };
        let (parts, mut body) = response.map_err(failed)?.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(failed)?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }
}
