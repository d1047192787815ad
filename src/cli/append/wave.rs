//! Entries that may be on their way at the same time.
//!
//! Most of a history are check-ins: whether one is let through says nothing of the next about another key result. Those
//! travel together, as many as fit a wave. Everything else rests on what came before it, so it waits for that, and what
//! comes after waits for it: when an entry is refused, nothing is recorded that might have been meant otherwise.

use std::collections::BTreeSet;

use events::{Kind, Ref};
use serde::Deserialize;

use super::entries::{Entry, Item};
use crate::cli::failure::Failure;

/// The most entries in a wave, and about the most bytes.
const ENTRIES_MAX: usize = 64;
const BYTES_MAX: usize = 4 << 20;

/// The entries of a file, wave by wave.
pub(super) struct Waves<I: Iterator> {
    items: std::iter::Peekable<I>,
}

/// What an event is about, as far as it can be read.
#[derive(Deserialize)]
struct About {
    #[serde(rename = "type")]
    kind: Kind,
    subject: String,
}

impl<I: Iterator<Item = Result<Item, Failure>>> Waves<I> {
    pub(super) fn of(items: I) -> Waves<I> {
        Waves { items: items.peekable() }
    }

    /// The next entries that do not rest on each other, at least one; none at the end.
    pub(super) fn next(&mut self) -> Result<Vec<Entry>, Failure> {
        let (mut wave, mut subjects, mut bytes) = (Vec::new(), BTreeSet::new(), 0);
        while wave.len() < ENTRIES_MAX && bytes < BYTES_MAX {
            // What cannot be read is for the next wave to say: this one is recorded before.
            let fits = |item: &Result<Item, Failure>| match item {
                Ok(Item::Header { .. }) => true,
                Ok(Item::Entry(entry)) => {
                    wave.is_empty() || subjects_alone(entry).is_some_and(|own| own.is_disjoint(&subjects))
                }
                Err(_) => wave.is_empty(),
            };
            let Some(item) = self.items.next_if(fits) else { break };
            let Item::Entry(entry) = item? else { continue };
            bytes += entry.events.iter().map(|event| event.get().len()).sum::<usize>();
            let own = subjects_alone(&entry);
            wave.push(entry);
            match own {
                Some(own) => subjects.extend(own),
                None => break,
            }
        }
        Ok(wave)
    }
}

/// What an entry is about, if nothing else rests on whether it is recorded.
fn subjects_alone(entry: &Entry) -> Option<BTreeSet<String>> {
    let about = |event: &serde_json::value::RawValue| {
        let About { kind, subject } = serde_json::from_str(event.get()).ok()?;
        let is_alone = matches!(
            kind,
            Kind::CheckInRecorded | Kind::CheckInCorrected | Kind::KeyResultScored | Kind::RetrospectiveRecorded
        );
        // A ref is a second name of something: two that look different may be about the same.
        (is_alone && subject.parse::<Ref>().is_err()).then_some(subject)
    };
    entry.events.iter().map(|event| about(event)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::entries::Entries;
    use super::*;

    fn waves(file: &[(&str, &str)]) -> Vec<Vec<usize>> {
        let lines: Vec<String> =
            file.iter().map(|(kind, subject)| format!(r#"{{"type":"okr.{kind}","subject":"{subject}"}}"#)).collect();
        let text = lines.join("\n");
        let mut waves = Waves::of(Entries::of(text.as_bytes()));
        std::iter::from_fn(|| waves.next().ok().filter(|wave| !wave.is_empty()))
            .map(|wave| wave.iter().map(|entry| entry.line).collect())
            .collect()
    }

    #[test]
    fn check_ins_of_different_key_results_travel_together_and_all_else_alone() {
        let check_in = "check_in.recorded";
        let file = [
            ("cycle.started", "q"),
            (check_in, "a"),
            (check_in, "b"),
            ("check_in.corrected", "a"),
            (check_in, "b"),
            (check_in, "KR-1"),
            ("key_result.drafted", "c"),
            (check_in, "c"),
            ("no.such.type", "d"),
            (check_in, "e"),
        ];
        let expected: [&[usize]; 8] = [&[1], &[2, 3], &[4, 5], &[6], &[7], &[8], &[9], &[10]];
        assert_eq!(waves(&file), expected);
        let many: Vec<String> = (0..100).map(|n| format!("k{n}")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|subject| (check_in, subject.as_str())).collect();
        assert_eq!(waves(&many).iter().map(Vec::len).collect::<Vec<_>>(), [ENTRIES_MAX, 100 - ENTRIES_MAX]);
    }
}
