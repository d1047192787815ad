//! Where answers come from: the HTTP interface, of a server or of a router in this process. Either way it is the same
//! request and the same answer.

mod folder;
mod problem;
mod server;
mod target;

use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, Request, StatusCode, header};

pub(crate) use problem::Problem;
pub(crate) use target::Target;

use self::folder::Folder;
use self::server::Server;
use super::failure::Failure;
use crate::config::{self, Place};
use crate::ledger::Ledgers;

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Seconds after which to try again, if that was said.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()
    }

    /// The seq after which the next page begins, if there is one.
    pub(crate) fn next_after(&self) -> Option<&str> {
        let next = self.headers.get(header::LINK)?.to_str().ok()?.strip_suffix(">; rel=\"next\"")?;
        next.rsplit_once("after=").map(|(_, after)| after)
    }

    /// Whether this is the receipt of an entry that was recorded before.
    pub(crate) fn is_replay(&self) -> bool {
        self.headers.get("idempotent-replayed").is_some_and(|replayed| replayed == "true")
    }
}

/// Somebody who answers.
pub(crate) enum Source {
    Folder(Folder),
    Server(Server),
}

/// What to do about a data folder that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Make,
    Refuse,
}

impl Source {
    /// Opens a place. A data folder that a server has open is asked through that server.
    pub(crate) fn open(place: Place, missing: Missing) -> Result<Source, Failure> {
        match place {
            Place::Url(url) => Server::at(&url).map(Source::Server),
            Place::Data(data) => open_folder(&data, missing),
            Place::Usual => {
                let usual = Path::new(config::DATA);
                if usual.exists() || missing == Missing::Make {
                    return open_folder(usual, missing);
                }
                let server = Server::at(&format!("http://{}", config::LISTEN))?;
                server.send(get(&Target::of(["ledgers"]))?).map_err(|_| {
                    Failure::failed(format!(
                        "there is no data folder {} here, and no server at http://{}: name one of them with --data or \
                         --url, or start with `okr-ledger demo`",
                        config::DATA,
                        config::LISTEN
                    ))
                })?;
                Ok(Source::Server(server))
            }
        }
    }

    /// Ledgers that this process has open already.
    pub(crate) fn of(ledgers: Arc<Ledgers>) -> Result<Source, Failure> {
        let folder = Folder::of(ledgers);
        folder.map(Source::Folder).map_err(|error| Failure::failed(format!("the runtime does not start: {error}")))
    }

    /// Asks, and takes whatever is answered.
    pub(crate) fn ask(&self, target: &Target) -> Result<Answer, Failure> {
        self.send(get(target)?)
    }

    /// Asks, and takes only a good answer's body.
    pub(crate) fn get(&self, target: &Target) -> Result<Vec<u8>, Failure> {
        let answer = self.ask(target)?;
        if answer.status.is_success() { Ok(answer.body) } else { Err(Problem::of(&answer).failure()) }
    }

    /// Sends something.
    pub(crate) fn put(
        &self,
        method: Method,
        target: &Target,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let request = Request::builder().method(method).uri(target.as_str()).header(header::CONTENT_TYPE, content_type);
        self.send(request.body(body).map_err(|error| unsayable(&error))?)
    }

    fn send(&self, request: Request<Vec<u8>>) -> Result<Answer, Failure> {
        match self {
            Source::Folder(folder) => folder.send(request),
            Source::Server(server) => server.send(request),
        }
    }
}

fn get(target: &Target) -> Result<Request<Vec<u8>>, Failure> {
    Request::get(target.as_str()).body(Vec::new()).map_err(|error| unsayable(&error))
}

fn unsayable(error: &axum::http::Error) -> Failure {
    Failure::failed(format!("the request cannot be made: {error}"))
}

fn open_folder(data: &Path, missing: Missing) -> Result<Source, Failure> {
    if !data.exists() && missing == Missing::Refuse {
        return Err(Failure::failed(format!("there is no data folder {}: name another with --data", data.display())));
    }
    match Folder::open(data) {
        Ok(folder) => Ok(Source::Folder(folder)),
        Err(error) => match Server::of_folder(data) {
            Some(server) if folder::is_in_use(&error) => Ok(Source::Server(server)),
            _ => Err(Failure::from(error)),
        },
    }
}

/// Where the server of a data folder leaves its address, for commands that are pointed to the same folder.
pub(crate) fn address_file(data: &Path) -> std::path::PathBuf {
    data.join("address")
}
