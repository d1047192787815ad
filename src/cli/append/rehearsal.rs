//! A dry run with `--create`: entries are tried by the same rules in a temporary folder, and nothing is created.

use axum::http::StatusCode;

use crate::cli::failure::Failure;
use crate::cli::scratch::Scratch;
use crate::cli::source::{Lookup, Missing, Problem, Source, Target};
use crate::config::Place;

/// A source for trying entries.
pub(super) struct Rehearsal {
    pub(super) source: Source,
    /// The destination without `--dry-run`.
    pub(super) destination: String,
    /// The objects that a real run would create first.
    pub(super) makes: Option<&'static str>,
    /// The temporary folder. Dropped last, because the source has it open.
    _scratch: Option<Scratch>,
}

impl Rehearsal {
    /// Uses the ledger itself if it exists, else an empty one in a temporary folder.
    pub(super) fn of(place: Place, ledger: &str) -> Result<Rehearsal, Failure> {
        match Source::find(place)? {
            Lookup::Present(source) => {
                let answer = source.ask(&Target::of(["ledgers", ledger]))?;
                let destination = source.to_string();
                match answer.status {
                    StatusCode::NOT_FOUND => Rehearsal::elsewhere(destination, "the ledger"),
                    status if status.is_success() => Ok(Rehearsal { source, destination, makes: None, _scratch: None }),
                    _ => Err(Problem::of(&answer).failure()),
                }
            }
            Lookup::Absent { data, .. } => {
                Rehearsal::elsewhere(format!("data folder {}", data.display()), "the data folder and the ledger")
            }
        }
    }

    fn elsewhere(destination: String, makes: &'static str) -> Result<Rehearsal, Failure> {
        let scratch = Scratch::new()?;
        let source = Source::open(Place::Data(scratch.path().join("data")), Missing::Make)?;
        Ok(Rehearsal { source, destination, makes: Some(makes), _scratch: Some(scratch) })
    }
}
