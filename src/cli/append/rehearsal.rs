//! A dry run of what makes a ledger: it is tried in a folder for the time being, by the same rules, and nothing is made.

use axum::http::StatusCode;

use crate::cli::failure::Failure;
use crate::cli::scratch::Scratch;
use crate::cli::source::{Found, Missing, Problem, Source, Target};
use crate::config::Place;

/// Where entries are tried.
pub(super) struct Rehearsal {
    pub(super) source: Source,
    /// Where they would be recorded.
    pub(super) destination: String,
    /// What would be made before.
    pub(super) makes: Option<&'static str>,
    /// The folder for the time being. Dropped last: the source has it open.
    _scratch: Option<Scratch>,
}

impl Rehearsal {
    /// In the ledger itself where it is there, else in one that is as empty as it would be.
    pub(super) fn of(place: Place, ledger: &str) -> Result<Rehearsal, Failure> {
        match Source::find(place)? {
            Found::There(source) => {
                let answer = source.ask(&Target::of(["ledgers", ledger]))?;
                let destination = source.to_string();
                match answer.status {
                    StatusCode::NOT_FOUND => Rehearsal::elsewhere(destination, "the ledger"),
                    status if status.is_success() => Ok(Rehearsal { source, destination, makes: None, _scratch: None }),
                    _ => Err(Problem::of(&answer).failure()),
                }
            }
            Found::Nowhere { data, .. } => {
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
