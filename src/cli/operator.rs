//! Operations on a data folder: by this process, or by the server that has the folder open.

use std::path::Path;

use axum::http::{Request, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::progress::Bar;
use super::source::{Problem, Server};
use crate::ledger::OpenError;
use crate::ledger::home::OPERATOR;
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

/// Does `here` if nobody has the folder open; asks its server for `operation` if one does.
pub(crate) fn operate<A: Serialize, T: DeserializeOwned>(
    data: &Path,
    operation: &str,
    ask: &A,
    here: impl FnOnce(Told<'_>) -> Result<T, Error>,
) -> Result<T, Failure> {
    let mut bar = Bar::of_steps("Opening");
    match here(&mut |step| bar.step(&step)) {
        Err(Error::Open(in_use @ OpenError::InUse(_))) => {
            let Some(server) = Server::of_folder(data) else {
                let says =
                    "it does not say where it listens, or does not answer there: is it still starting, or ending?";
                return Err(Failure::failed(format!("{in_use} ({says})")));
            };
            ask_for(&server, data, operation, ask, &mut bar)
        }
        done => Ok(done?),
    }
}

fn ask_for<A: Serialize, T: DeserializeOwned>(
    server: &Server,
    data: &Path,
    operation: &str,
    ask: &A,
    bar: &mut Bar,
) -> Result<T, Failure> {
    let file = data.join(OPERATOR);
    let token = std::fs::read_to_string(&file).map_err(|error| {
        Failure::failed(format!(
            "{} cannot be read ({error}): operations are for whoever may read what the server keeps",
            file.display()
        ))
    })?;
    let unsayable = |error: &dyn std::fmt::Display| Failure::failed(format!("the request cannot be made: {error}"));
    let request = Request::post(format!("/v1/operations/{operation}"))
        .header(header::AUTHORIZATION, format!("Bearer {}", token.trim()))
        .header(header::CONTENT_TYPE, "application/json")
        .body(serde_json::to_vec(ask).map_err(|error| unsayable(&error))?)
        .map_err(|error| unsayable(&error))?;
    let mut ended = None;
    let answer = server.stream(request, |line| match serde_json::from_slice::<Line<'_>>(line) {
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
        let says = format!("the server at {} ended before the {operation} did", server.base());
        Err(Failure::failed(says))
    })
}
