//! `verify`: checks every event and compares the views with rebuilt ones.

use super::failure::Failure;
use super::operator::operate;
use super::screen::Screen;
use super::settings::{DataArg, Settings};
use super::show::count;
use crate::ledger::operations::{VerifyAsk, verify_folder};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    folder: DataArg,
    /// Faults listed one by one; further ones are counted
    #[arg(long, value_name = "N", default_value_t = VerifyAsk::default().limit)]
    limit: usize,
}

pub(crate) fn run(args: &Args, settings: &Settings, screen: &mut Screen) -> Result<(), Failure> {
    let data = settings.data(&args.folder);
    let ask = VerifyAsk { limit: args.limit };
    let verdict = operate(&data, "verify", &ask, |on_step| verify_folder(&data, &ask, on_step))?;
    for finding in &verdict.findings {
        screen.line(&finding.to_string())?;
    }
    let without_views = "there were no views to compare: the next start builds them, as does `okr-ledger rebuild`";
    if verdict.wrong == 0 {
        let (ledgers, events) = (count(verdict.ledgers, "ledger"), count(verdict.events, "event"));
        return screen.line(&if verdict.has_views {
            format!("{ledgers}, {events}, {}: all is well", count(verdict.rows, "stored row"))
        } else {
            format!("{ledgers}, {events}: the journal is sound; {without_views}")
        });
    }
    let shown = verdict.findings.len() as u64;
    let more = if verdict.wrong > shown { format!(", of which {shown} are shown") } else { String::new() };
    // Missing watermarks and interrupted imports count as faults, but leave the existing data intact.
    let is_there_sound = verdict.wrong == u64::from(!verdict.is_marked) + verdict.halves;
    let mend = match verdict.is_journal_sound {
        false => "the journal itself is damaged: keep a copy of the folder, then `okr-ledger restore` the last backup",
        true if is_there_sound && verdict.has_views => "the existing data is sound",
        true if is_there_sound => without_views,
        true => "the existing journal is sound: rebuild the views with `okr-ledger rebuild --replace`",
    };
    Err(Failure::failed(format!("{} found{more}; {mend}", count(verdict.wrong, "fault"))))
}
