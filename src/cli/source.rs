//! Sources of answers: the HTTP interface of a server, or of a router in this process. Requests and answers are the
//! same for both.

mod folder;
mod problem;
mod server;
mod socket;
mod target;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::http::{HeaderMap, Method, Request, StatusCode, header};

pub(crate) use problem::Problem;
pub(crate) use server::{RunningServer, Server};
pub(crate) use socket::Socket;
pub(crate) use target::Target;

use self::folder::Folder;
use super::failure::Failure;
use crate::config::{self, Place};
use crate::ledger::{Ledgers, OpenError};

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Returns the `Retry-After` header in seconds.
    pub(crate) fn retry_after(&self) -> Option<u64> {
        self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()
    }

    /// Returns the `after` parameter of the next page, if there is one.
    pub(crate) fn next_after(&self) -> Option<&str> {
        let next = self.headers.get(header::LINK)?.to_str().ok()?.strip_suffix(">; rel=\"next\"")?;
        next.rsplit_once("after=").map(|(_, after)| after)
    }

    /// Returns true for the receipt of an entry that was recorded earlier.
    pub(crate) fn is_replay(&self) -> bool {
        self.headers.get("idempotent-replayed").is_some_and(|replayed| replayed == "true")
    }
}

pub(crate) enum Source {
    Folder(Folder),
    Server(Server),
}

/// Behaviour for a data folder that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Make,
    Refuse,
}

/// The result of looking for a source.
pub(crate) enum Lookup {
    Present(Source),
    /// A data folder that does not exist, with the message for commands that need it.
    Absent {
        data: PathBuf,
        says: String,
    },
}

impl Source {
    /// Opens a place. If a server has the data folder open, requests go through that server.
    pub(crate) fn open(place: Place, missing: Missing) -> Result<Source, Failure> {
        match Source::find(place)? {
            Lookup::Present(source) => Ok(source),
            Lookup::Absent { data, .. } if missing == Missing::Make => open_folder(&data),
            Lookup::Absent { says, .. } => Err(Failure::failed(says)),
        }
    }

    /// Opens a place without creating anything.
    pub(crate) fn find(place: Place) -> Result<Lookup, Failure> {
        match place {
            Place::Url(url) => Server::at(&url).map(|server| Lookup::Present(Source::Server(server))),
            Place::Data(data) if is_data_folder(&data) => open_folder(&data).map(Lookup::Present),
            Place::Data(data) => {
                let says = format!("there is no data folder {}: name another with --data", data.display());
                Ok(Lookup::Absent { data, says })
            }
            Place::Usual => find_default(Path::new(config::DATA), config::LISTEN),
        }
    }

    /// Wraps ledgers that this process already has open.
    pub(crate) fn of(ledgers: Arc<Ledgers>, data: &Path) -> Result<Source, Failure> {
        let folder = Folder::of(ledgers, data);
        folder.map(Source::Folder).map_err(|error| Failure::failed(format!("cannot start the async runtime: {error}")))
    }

    /// Sends a GET request and returns the answer, whatever its status.
    pub(crate) fn ask(&self, target: &Target) -> Result<Answer, Failure> {
        self.send(get(target)?)
    }

    /// Sends a GET request and returns the body of a successful answer.
    pub(crate) fn get(&self, target: &Target) -> Result<Vec<u8>, Failure> {
        let answer = self.ask(target)?;
        if answer.status.is_success() { Ok(answer.body) } else { Err(Problem::of(&answer).failure()) }
    }

    /// Sends a request with a body.
    pub(crate) fn put(
        &self,
        method: Method,
        target: &Target,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let request = Request::builder().method(method).uri(target.as_str()).header(header::CONTENT_TYPE, content_type);
        self.send(request.body(body).map_err(|error| invalid_request(&error))?)
    }

    /// Sends several bodies to one target concurrently, in no defined order. Returns the answers in the order of
    /// `bodies`.
    pub(crate) fn post_all(
        &self,
        target: &Target,
        bodies: Vec<(&'static str, Vec<u8>)>,
    ) -> Result<Vec<Result<Answer, Failure>>, Failure> {
        let request = |(content_type, body)| {
            let request = Request::post(target.as_str()).header(header::CONTENT_TYPE, content_type).body(body);
            request.map_err(|error| invalid_request(&error))
        };
        let requests = bodies.into_iter().map(request).collect::<Result<Vec<_>, _>>()?;
        Ok(match self {
            Source::Folder(folder) => folder.send_all(requests),
            Source::Server(server) => server.send_all(requests),
        })
    }

    /// Limits the number of ledgers in a data folder; a server has its own setting.
    pub(crate) fn set_ledgers_max(&self, ledgers_max: usize) {
        if let Source::Folder(folder) = self {
            folder.set_ledgers_max(ledgers_max);
        }
    }

    /// Returns the flag that selects this source.
    pub(crate) fn flag(&self) -> String {
        match self {
            Source::Folder(folder) => format!("--data {}", folder.data().display()),
            Source::Server(server) => format!("--url {}", server.base()),
        }
    }

    fn send(&self, request: Request<Vec<u8>>) -> Result<Answer, Failure> {
        match self {
            Source::Folder(folder) => folder.send(request),
            Source::Server(server) => server.send(request),
        }
    }
}

/// The destination in messages: `data folder books`, or the server's URL.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Folder(folder) => write!(f, "data folder {}", folder.data().display()),
            Source::Server(server) => f.write_str(server.base()),
        }
    }
}

fn get(target: &Target) -> Result<Request<Vec<u8>>, Failure> {
    Request::get(target.as_str()).body(Vec::new()).map_err(|error| invalid_request(&error))
}

fn invalid_request(error: &axum::http::Error) -> Failure {
    Failure::failed(format!("cannot build the request: {error}"))
}

/// Looks for the default data folder, else for a server at the default address.
fn find_default(data: &Path, listen: &str) -> Result<Lookup, Failure> {
    if data.exists() {
        return Source::find(Place::Data(data.into()));
    }
    let server = Server::at(&format!("http://{listen}"))?;
    // Another program may listen there: record nothing unless it lists ledgers.
    let answer = server.send(get(&Target::of(["ledgers"]))?).ok().filter(|answer| answer.status.is_success());
    let listed = answer.and_then(|answer| serde_json::from_slice::<serde_json::Value>(&answer.body).ok());
    if listed.is_some_and(|listed| listed.get("ledgers").is_some()) {
        return Ok(Lookup::Present(Source::Server(server)));
    }
    let says = format!(
        "there is no data folder {} here, and no server at http://{listen}: choose one with --data or --url, or start \
         with `okr-ledger demo`",
        data.display(),
    );
    Ok(Lookup::Absent { data: data.into(), says })
}

/// Returns true if there is a data folder, not merely a missing or empty one. A settings file may exist before any
/// data.
fn is_data_folder(data: &Path) -> bool {
    let is_nothing = |held: std::io::Result<std::fs::DirEntry>| held.is_ok_and(|held| held.file_name() == config::FILE);
    data.exists() && !std::fs::read_dir(data).is_ok_and(|mut held| held.all(is_nothing))
}

fn open_folder(data: &Path) -> Result<Source, Failure> {
    match Folder::open(data) {
        Ok(folder) => Ok(Source::Folder(folder)),
        Err(error) => match Server::of_folder(data) {
            Some(server) if matches!(error, OpenError::InUse(_)) => Ok(Source::Server(server)),
            _ => Err(Failure::from(error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// Starts a listener that answers one request; returns its address.
    fn somebody(body: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            let (mut asked, _) = listener.accept().unwrap();
            _ = asked.read(&mut [0; 4096]).unwrap();
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
            asked.write_all(format!("{head}{body}").as_bytes()).unwrap();
        });
        address
    }

    #[test]
    fn where_no_place_is_named_the_folder_goes_first_then_a_server_and_nothing_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let named = |listen: &str| match find_default(&data, listen).unwrap() {
            Lookup::Present(source) => source.to_string(),
            Lookup::Absent { data, .. } => format!("none at {}", data.display()),
        };
        let server = somebody(r#"{"ledgers":[]}"#);
        assert_eq!(named(&server), format!("http://{server}"));
        let none = format!("none at {}", data.display());
        assert_eq!(named(&somebody("<p>Another program</p>")), none);
        // The listener is gone after one request.
        assert_eq!(named(&server), none);
        assert!(!data.exists());
        drop(open_folder(&data).unwrap());
        assert_eq!(named(&somebody(r#"{"ledgers":[]}"#)), format!("data folder {}", data.display()));
    }
}
