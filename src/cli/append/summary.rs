//! Counts the answers to the entries of a file and words the final summary.

use std::collections::BTreeSet;

use super::entries::Entry;
use crate::cli::ask::read;
use crate::cli::failure::Failure;
use crate::cli::screen::Screen;
use crate::cli::show::count;
use crate::cli::source::{Answer, Problem};
use crate::writer::Receipt;

/// Counts so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    entries: usize,
    events: usize,
    replayed: usize,
    /// Entries recorded although an earlier one was refused.
    past: usize,
    /// Set if a request failed without an answer or with a 5xx, so its entry may or may not be recorded.
    is_unanswered: bool,
}

impl Summary {
    /// Counts the answer to one entry and passes its warnings to `tell`.
    pub(super) fn add(
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

    /// Notes that a request got no answer.
    pub(super) fn mark_unanswered(&mut self) {
        self.is_unanswered = true;
    }

    /// Counts an entry that was recorded although an earlier one was refused.
    pub(super) fn count_later(&mut self) {
        self.past += 1;
    }

    /// Counts the answer to entries that were tried as one. `lines` has one line number per event.
    pub(super) fn add_dry_run(&mut self, lines: &[usize], answer: &Answer, screen: &mut Screen) -> Result<(), Failure> {
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

    /// Returns the summary after success.
    pub(super) fn recorded(&self, ledger: &str, destination: &str) -> String {
        self.done("recorded", ledger, destination)
    }

    /// Returns the summary after a successful dry run.
    pub(super) fn would_be(&self, ledger: &str, destination: &str) -> String {
        self.done("would be recorded", ledger, destination)
    }

    /// Returns the summary after a failure, with the next step for the user.
    pub(super) fn interrupted(&self, ledger: &str, destination: &str) -> String {
        if self.is_unanswered {
            return format!(
                "{}; entries sent without an answer may be recorded too. Run the same command again: it continues \
                 from there and records nothing twice",
                self.recorded(ledger, destination)
            );
        }
        let until = match self.past {
            0 => "nothing of that line or after it".to_owned(),
            past => format!(
                "nothing of that line, and after it only {past} entries that were already in flight and do not depend \
                 on it"
            ),
        };
        format!(
            "{}; {until}. Correct the line and run the same command again: recorded entries stay as they are. \
             --dry-run reports the faults of all lines",
            self.recorded(ledger, destination)
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
        if self.replayed == 0 { String::new() } else { format!(", {} recorded earlier", self.replayed) }
    }
}

/// Splits `/3/data/value` into the event's index and its pointer `/data/value`.
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
