//! Groups entries that can be submitted concurrently.
//!
//! Most of a history is check-ins, and a refused check-in does not affect those of other key results. Such entries
//! travel together, up to the size of a wave. Any other entry may depend on everything before it, so it is submitted
//! alone and in order: after a refusal, nothing is recorded that could have depended on it.

use std::collections::BTreeSet;

use events::{Kind, Ref};
use serde::Deserialize;

use super::entries::{Entry, Item};
use crate::cli::failure::Failure;

/// Limits of a wave. `BYTES_MAX` can be exceeded by the last entry.
const ENTRIES_MAX: usize = 64;
const BYTES_MAX: usize = 4 << 20;

/// An iterator-like source of waves.
pub(super) struct Waves<I: Iterator> {
    items: std::iter::Peekable<I>,
}

/// The fields of an event that decide on concurrency.
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

    /// Returns the next independent entries, at least one; an empty list at the end.
    pub(super) fn next(&mut self) -> Result<Vec<Entry>, Failure> {
        let (mut wave, mut subjects, mut bytes) = (Vec::new(), BTreeSet::new(), 0);
        while wave.len() < ENTRIES_MAX && bytes < BYTES_MAX {
            // An unreadable item belongs to the next wave, so that this one is recorded before the error.
            let fits = |item: &Result<Item, Failure>| match item {
                Ok(Item::Header { .. }) => true,
                Ok(Item::Entry(entry)) => {
                    wave.is_empty() || independent_subjects(entry).is_some_and(|own| own.is_disjoint(&subjects))
                }
                Err(_) => wave.is_empty(),
            };
            let Some(item) = self.items.next_if(fits) else { break };
            let Item::Entry(entry) = item? else { continue };
            bytes += entry.events.iter().map(|event| event.get().len()).sum::<usize>();
            let own = independent_subjects(&entry);
            wave.push(entry);
            match own {
                Some(own) => subjects.extend(own),
                None => break,
            }
        }
        Ok(wave)
    }
}

/// Returns the subjects of an entry if no other subject's events depend on it, else `None`.
fn independent_subjects(entry: &Entry) -> Option<BTreeSet<String>> {
    let about = |event: &serde_json::value::RawValue| {
        let About { kind, subject } = serde_json::from_str(event.get()).ok()?;
        let is_alone = matches!(
            kind,
            Kind::CheckInRecorded | Kind::CheckInCorrected | Kind::KeyResultScored | Kind::RetrospectiveRecorded
        );
        // A ref is an alias: an id and a ref may name the same key result.
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
