//! A server, accessed over the network.

use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::http::{Request, Response, Uri};
use ureq::Agent;

use super::Answer;
use crate::cli::failure::Failure;
use crate::ledger::data_folder::ADDRESS;

/// Limit of an answer's size. A feed of a thousand events with the longest texts is far below.
const ANSWER_BYTES_MAX: u64 = 1 << 30;

/// Concurrent requests, at most.
const CONNECTIONS_MAX: usize = 32;

/// Time for the server named in a data folder to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The address file of a server, in the data folder it has open.
pub(crate) struct RunningServer {
    url: String,
    /// Random id of the server process.
    pub(crate) instance: String,
    /// The operations socket, if outside the folder.
    pub(crate) socket: Option<PathBuf>,
}

impl RunningServer {
    pub(crate) fn read(data: &Path) -> Option<RunningServer> {
        let left = std::fs::read_to_string(data.join(ADDRESS)).ok()?;
        let mut parts = left.trim_end_matches('\n').splitn(3, ' ').map(str::to_owned);
        Some(RunningServer { url: parts.next()?, instance: parts.next()?, socket: parts.next().map(PathBuf::from) })
    }
}

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
                    "--url {url}: this program supports plain http only; reach a server behind TLS through a local \
                     proxy"
                )));
            }
            _ => return Err(Failure::misused(format!("--url {url} is not a URL such as http://127.0.0.1:8080"))),
        }
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Servers listen on loopback addresses, which no proxy can reach.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .build()
            .into();
        Ok(Server { agent, base })
    }

    /// Returns the server that has this data folder open, according to its address file. The instance is compared,
    /// because another program may have taken the port.
    pub(crate) fn of_folder(data: &Path) -> Option<Server> {
        let RunningServer { url, instance, .. } = RunningServer::read(data)?;
        let server = Server::at(&url).ok()?;
        let asked = Request::get("/healthz").body(Vec::new()).ok()?;
        let answer = server.send_within(asked, Some(PATIENCE)).ok()?;
        let health = serde_json::from_slice::<serde_json::Value>(&answer.body).ok()?;
        (health.get("instance")?.as_str()? == instance).then_some(server)
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Sends several requests over a limited number of connections and returns the answers in the same order.
    pub(super) fn send_all(&self, requests: Vec<Request<Vec<u8>>>) -> Vec<Result<Answer, Failure>> {
        let each = requests.len().div_ceil(CONNECTIONS_MAX).max(1);
        let mut requests = requests.into_iter().peekable();
        std::thread::scope(|scope| {
            let mut senders = Vec::new();
            while requests.peek().is_some() {
                let share: Vec<Request<Vec<u8>>> = requests.by_ref().take(each).collect();
                let many = share.len();
                let send = || share.into_iter().map(|one| self.send(one)).collect::<Vec<_>>();
                senders.push((many, scope.spawn(send)));
            }
            let answers = senders.into_iter().flat_map(|(many, sender)| {
                // A thread that panicked leaves its whole share unanswered.
                let unanswered = |_| (0..many).map(|_| Err(Failure::failed("a request was not sent"))).collect();
                sender.join().unwrap_or_else(unanswered)
            });
            answers.collect()
        })
    }

    pub(super) fn send(&self, request: Request<Vec<u8>>) -> Result<Answer, Failure> {
        self.send_within(request, None)
    }

    fn send_within(&self, request: Request<Vec<u8>>, limit: Option<Duration>) -> Result<Answer, Failure> {
        let (parts, mut body) = self.run(request, limit)?.into_parts();
        let body = body.with_config().limit(ANSWER_BYTES_MAX).read_to_vec().map_err(|error| self.no_answer(&error))?;
        Ok(Answer { status: parts.status, headers: parts.headers, body })
    }

    fn no_answer(&self, error: &ureq::Error) -> Failure {
        Failure::failed(format!("{} does not answer: {error}", self.base))
    }

    fn run(&self, request: Request<Vec<u8>>, limit: Option<Duration>) -> Result<Response<ureq::Body>, Failure> {
        let (mut parts, body) = request.into_parts();
        let uri = format!("{}{}", self.base, parts.uri);
        parts.uri = uri.parse().map_err(|_| Failure::failed(format!("{uri} is not a URL")))?;
        let response = if body.is_empty() {
            let request = self.agent.configure_request(Request::from_parts(parts, ()));
            self.agent.run(request.timeout_global(limit).build())
        } else {
            let request = self.agent.configure_request(Request::from_parts(parts, body));
            self.agent.run(request.timeout_global(limit).build())
        };
        response.map_err(|error| self.no_answer(&error))
    }
}
