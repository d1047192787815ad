//! `verify`: every event checked, and the views compared with rebuilt ones.

use super::failure::Failure;
use super::progress::Bar;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use super::show::count;
use crate::ledger::verify_folder;

/// What can be said to it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    if !data.exists() {
        return Err(Failure::failed(format!("there is no data folder {}: name another with --data", data.display())));
    }
    let verdict = verify_folder(&data, &mut Bar::new("Checking"))?;
    for finding in &verdict.findings {
        screen.line(&finding.to_string())?;
    }
    match verdict.wrong {
        0 => screen.line(&format!(
            "{}, {}, {}: all is well",
            count(verdict.ledgers, "ledger"),
            count(verdict.events, "event"),
            count(verdict.rows, "stored row"),
        )),
        wrong => {
            let shown = verdict.findings.len() as u64;
            let more = if wrong > shown { format!(", of which {shown} are shown") } else { String::new() };
            let mend = if verdict.is_journal_sound {
                "the journal is sound: `okr-ledger rebuild` makes the views anew"
            } else {
                "the journal itself is damaged: take a copy of the folder before anything else"
            };
            Err(Failure::failed(format!("{} found{more}; {mend}", count(wrong, "fault"))))
        }
    }
}
