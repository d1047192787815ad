//! What became of the entries of a file, told as it happens and summed up at the end.

use std::collections::BTreeSet;

use super::entries::Entry;
use crate::cli::ask::read;
use crate::cli::failure::Failure;
use crate::cli::screen::Screen;
use crate::cli::show::count;
use crate::cli::source::{Answer, Problem};
use crate::writer::Receipt;

/// Counts, so far.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    entries: usize,
    events: usize,
    replayed: usize,
    /// Entries after one that was refused.
    past: usize,
    /// Whether something that was sent got no answer, or one that says nothing of it.
    is_unanswered: bool,
}

impl Outcome {
    /// Takes the answer to one entry.
    pub(super) fn take(
        &mut self,
        entry: &Entry,
        answer: &Answer,
        tell: &mut dyn FnMut(&str) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let line = entry.line;
        if !answer.status.is_success() {
            self.is_unanswered |= answer.status.is_server_error();
            return Err(Failure::failed(format!("line {line}: {}", Problem::of(answer).text())));
        }
        let receipt: Receipt = read(&answer.body)?;
        if answer.is_replay() {
            self.replayed += 1;
            return Ok(());
        }
        self.entries += 1;
        self.events += receipt.events.len();
        for warning in &receipt.warnings {
            tell(&format!("line {line}: warning: {} ({}): {}", warning.subject, warning.rule, warning.message))?;
        }
        Ok(())
    }

    /// Something that was sent got no answer.
    pub(super) fn went_unanswered(&mut self) {
        self.is_unanswered = true;
    }

    /// The entry that was taken last comes after one that was refused.
    pub(super) fn went_past(&mut self) {
        self.past += 1;
    }

    /// Takes the answer to entries that were tried as one. `lines` has the line of each event.
    pub(super) fn take_tried(&mut self, lines: &[usize], answer: &Answer, screen: &mut Screen) -> Result<(), Failure> {
        if !answer.status.is_success() {
            let place = |pointer: &str| match place_of(pointer).and_then(|(n, rest)| Some((lines.get(n)?, rest))) {
                Some((line, rest)) => format!("line {line} {rest}"),
                None => pointer.to_owned(),
            };
            return Err(Problem::of(answer).placed(place).failure());
        }
        let receipt: Receipt = read(&answer.body)?;
        self.entries += lines.iter().collect::<BTreeSet<_>>().len();
        self.events += receipt.events.len();
        for warning in &receipt.warnings {
            screen.line(&format!("warning: {} ({}): {}", warning.subject, warning.rule, warning.message))?;
        }
        Ok(())
    }

    /// What is said when all went well.
    pub(super) fn sums_up(&self, ledger: &str, destination: &str) -> String {
        self.done("recorded", ledger, destination)
    }

    /// What is said when all went well in a dry run.
    pub(super) fn would_be(&self, ledger: &str, destination: &str) -> String {
        self.done("would be recorded", ledger, destination)
    }

    /// What is said when it could not go on.
    pub(super) fn stops_at(&self, ledger: &str, destination: &str) -> String {
        if self.is_unanswered {
            return format!(
                "{}; what was on its way may be recorded too. Run the same again: it goes on from there, and nothing is \
                 recorded twice",
                self.sums_up(ledger, destination)
            );
        }
        let until = match self.past {
            0 => "nothing of that line or after it".to_owned(),
            past => format!(
                "nothing of that line, and after it only {past} that were on their way already and do not rest on it"
            ),
        };
        format!(
            "{}; {until}. Mend it and run the same again: what is recorded stays as it is. --dry-run shows what is wrong \
             with all lines",
            self.sums_up(ledger, destination)
        )
    }

    fn done(&self, done: &str, ledger: &str, destination: &str) -> String {
        let events = count(self.events as u64, "event");
        format!("{} ({events}) {done} in {ledger} ({destination}){}", self.entries(), self.before())
    }

    fn entries(&self) -> String {
        if self.entries == 1 { "1 entry".into() } else { format!("{} entries", self.entries) }
    }

    fn before(&self) -> String {
        if self.replayed == 0 { String::new() } else { format!(", {} had been before", self.replayed) }
    }
}

/// `/3/data/value` as the third event's `/data/value`.
fn place_of(pointer: &str) -> Option<(usize, &str)> {
    let rest = pointer.strip_prefix('/')?;
    let (n, rest) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    Some((n.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_names_the_event_and_the_place_in_it() {
        assert_eq!(place_of("/3/data/value"), Some((3, "/data/value")));
        assert_eq!(place_of("/3"), Some((3, "")));
        assert_eq!(place_of("?dry_run"), None);
    }
}
