//! Operations on a data folder: by this process, or by the server that has the folder open.

use std::io::ErrorKind;
use std::path::Path;

use axum::http::{Request, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::progress::Bar;
use super::source::{Left, Problem, Socket};
use crate::ledger::OpenError;
use crate::ledger::data_folder::SOCKET;
use crate::ledger::operations::{Error, Step, Told};

/// A line of what a server tells of an operation.
#[derive(Deserialize)]
struct Line<'a> {
    doing: Option<String>,
    #[serde(default)]
    done: u64,
    #[serde(default)]
    all: u64,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    problem: Option<Problem>,
}

/// Which server answers at a socket.
#[derive(Deserialize)]
struct Which {
    instance: String,
}

/// Does `here` if nobody has the folder open; asks its server for `operation` if one does.
pub(crate) fn operate<A: Serialize, T: DeserializeOwned>(
    data: &Path,
    operation: &str,
    ask: &A,
    here: impl FnOnce(Told<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let mut bar = Bar::of_steps("Opening");
    match here(&mut |step| bar.told(&step)) {
        Err(Error::Open(in_use @ OpenError::InUse(_))) => {
            let mut socket = open(data).map_err(|why| Failure::failed(format!("{in_use} ({why})")))?;
            ask_for(&mut socket, operation, ask, &mut bar)
        }
        done => Ok(done?),
    }
}

/// Opens the operations socket of the server that has the folder open, or says why that cannot be.
fn open(data: &Path) -> Result<Socket, String> {
    let left = Left::read(data).ok_or("it does not say where it listens: is it still starting, or ending?")?;
    let path = left.socket.unwrap_or_else(|| data.join(SOCKET));
    let place = path.display();
    let mut socket = Socket::open(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("it has no operations socket {place}: its log says why"),
        ErrorKind::PermissionDenied => {
            format!("{place} cannot be opened: operations are for whoever may, which is the user the server runs as")
        }
        ErrorKind::ConnectionRefused => format!("it does not answer at {place}: is it still starting, or ending?"),
        _ => format!("{place} cannot be opened: {error}"),
    })?;
    // With a place of its own for the socket, another server may have been given the same.
    let which = Request::get("/v1/operations").body(Vec::new()).map_err(|error| error.to_string())?;
    let mut found = None;
    socket
        .stream(which, |line| found = serde_json::from_slice::<Which>(line).ok())
        .map_err(|failure| failure.says().unwrap_or_default().to_owned())?;
    match found {
        Some(Which { instance }) if instance == left.instance => Ok(socket),
        _ => Err(format!("another server answers at {place}")),
    }
}

fn ask_for<A: Serialize, T: DeserializeOwned>(
    socket: &mut Socket,
    operation: &str,
    ask: &A,
    bar: &mut Bar,
) -> Result<T, Failure> {
    let unsayable = |error: &dyn std::fmt::Display| Failure::failed(format!("the request cannot be made: {error}"));
    let request = Request::post(format!("/v1/operations/{operation}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(ask).map_err(|error| unsayable(&error))?)
        .map_err(|error| unsayable(&error))?;
    let mut ended = None;
    let answer = socket.stream(request, |line| match serde_json::from_slice::<Line<'_>>(line) {
        Ok(Line { problem: Some(problem), .. }) => ended = Some(Err(problem.failure())),
        Ok(Line { result: Some(result), .. }) => {
            let read = serde_json::from_str(result.get());
            ended = Some(read.map_err(|error| Failure::failed(format!("the server's answer is not read: {error}"))));
        }
        Ok(Line { doing: Some(doing), done, all, .. }) => bar.step(&Step { doing: doing.into(), done, all }),
        // What a newer server tells as well.
        Ok(_) | Err(_) => {}
    })?;
    if !answer.status.is_success() {
        return Err(Problem::of(&answer).failure());
    }
    ended.unwrap_or_else(|| {
        let says = format!("the server ended before the {operation} did: start it again when the server is back");
        Err(Failure::failed(says))
    })
}
