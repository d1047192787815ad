//! Operations on a data folder, run by this process or by the server that has the folder open.

use std::io::ErrorKind;
use std::path::Path;

use axum::http::{Request, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::progress::Bar;
use super::source::{Problem, RunningServer, Socket};
use crate::ledger::OpenError;
use crate::ledger::data_folder::SOCKET;
use crate::ledger::operations::{Error, Step, Told};

/// One line of the progress stream of an operation.
#[derive(Deserialize)]
struct Update<'a> {
    doing: Option<String>,
    #[serde(default)]
    done: u64,
    #[serde(default)]
    all: u64,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    problem: Option<Problem>,
}

/// The identity of the server behind a socket.
#[derive(Deserialize)]
struct InstanceReply {
    instance: String,
}

/// Runs `here` if the folder is free, else asks the server that has it open for `operation`.
pub(crate) fn operate<A: Serialize, T: DeserializeOwned>(
    data: &Path,
    operation: &str,
    ask: &A,
    here: impl FnOnce(Told<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let mut bar = Bar::of_steps("Opening");
    match here(&mut |step| bar.on_step(&step)) {
        Err(Error::Open(in_use @ OpenError::InUse(_))) => {
            let mut socket = open(data).map_err(|why| Failure::failed(format!("{in_use} ({why})")))?;
            ask_for(&mut socket, operation, ask, &mut bar)
        }
        done => Ok(done?),
    }
}

/// Opens the operations socket of the server that has the folder open, or explains why it cannot.
fn open(data: &Path) -> Result<Socket, String> {
    let server = RunningServer::read(data)
        .ok_or("its address file is missing: it may still be starting, or already stopping")?;
    let path = server.socket.unwrap_or_else(|| data.join(SOCKET));
    let place = path.display();
    let mut socket = Socket::open(&path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("it has no operations socket at {place}: see its log for the reason"),
        ErrorKind::PermissionDenied => {
            format!(
                "{place} cannot be opened: only users with access to the socket can run operations, by default \
                 the server's own user"
            )
        }
        ErrorKind::ConnectionRefused => {
            format!("it does not answer at {place}: it may still be starting, or already stopping")
        }
        _ => format!("{place} cannot be opened: {error}"),
    })?;
    // Another server may have been configured with the same socket path.
    let request = Request::get("/v1/operations").body(Vec::new()).map_err(|error| error.to_string())?;
    let mut found = None;
    socket
        .stream(request, |line| found = serde_json::from_slice::<InstanceReply>(line).ok())
        .map_err(|failure| failure.message().unwrap_or_default().to_owned())?;
    match found {
        Some(InstanceReply { instance }) if instance == server.instance => Ok(socket),
        _ => Err(format!("another server answers at {place}")),
    }
}

fn ask_for<A: Serialize, T: DeserializeOwned>(
    socket: &mut Socket,
    operation: &str,
    ask: &A,
    bar: &mut Bar,
) -> Result<T, Failure> {
    let invalid_request = |error: &dyn std::fmt::Display| Failure::failed(format!("cannot build the request: {error}"));
    let request = Request::post(format!("/v1/operations/{operation}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(ask).map_err(|error| invalid_request(&error))?)
        .map_err(|error| invalid_request(&error))?;
    let mut ended = None;
    let answer = socket.stream(request, |line| match serde_json::from_slice::<Update<'_>>(line) {
        Ok(Update { problem: Some(problem), .. }) => ended = Some(Err(problem.failure())),
        Ok(Update { result: Some(result), .. }) => {
            let read = serde_json::from_str(result.get());
            ended = Some(read.map_err(|error| Failure::failed(format!("cannot read the server's answer: {error}"))));
        }
        Ok(Update { doing: Some(doing), done, all, .. }) => bar.step(&Step { doing: doing.into(), done, all }),
        // Skip lines from newer servers.
        Ok(_) | Err(_) => {}
    })?;
    if !answer.status.is_success() {
        return Err(Problem::of(&answer).failure());
    }
    ended.unwrap_or_else(|| {
        let says = format!("the server stopped before the {operation} finished: run it again once the server is back");
        Err(Failure::failed(says))
    })
}
