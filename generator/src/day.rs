//! What is said on one day, and how it is put into entries.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::{EventId, Fact, Moment, SubjectId, Submission};

use crate::Entry;
use crate::calendar::moment;
use crate::make::{event_id, text};
use crate::staff::Person;

/// The minutes at which what was said since the last one is recorded: noon and six o'clock.
const RECORDED_AT: [u32; 2] = [12 * 60, 18 * 60];

/// One day.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    said: Vec<(u32, Submission)>,
}

/// Numbers the events of one part of a history.
#[derive(Debug, Clone)]
pub(crate) struct Numbering {
    prefix: String,
    last: u32,
}

impl Numbering {
    pub(crate) fn new(prefix: impl Into<String>) -> Numbering {
        Numbering { prefix: prefix.into(), last: 0 }
    }

    fn next(&mut self) -> EventId {
        self.last += 1;
        event_id(format!("{}-{}", self.prefix, self.last))
    }
}

impl Day {
    pub(crate) fn new(date: NaiveDate) -> Day {
        Day { date, said: Vec::new() }
    }

    /// Somebody says something that happens at this minute of the day.
    pub(crate) fn say(
        &mut self,
        ids: &mut Numbering,
        minute: u32,
        by: Person,
        subject: &SubjectId,
        fact: Fact,
    ) -> EventId {
        self.say_late(ids, minute, moment(self.date, minute), by, subject, fact)
    }

    /// Somebody says at this minute of the day what happened before.
    pub(crate) fn say_late(
        &mut self,
        ids: &mut Numbering,
        minute: u32,
        time: Moment,
        by: Person,
        subject: &SubjectId,
        fact: Fact,
    ) -> EventId {
        let id = ids.next();
        let submission = Submission {
            id: id.clone(),
            source: text(by.source()),
            subject: subject.clone(),
            time: Some(time),
            datacontenttype: None,
            dataschema: None,
            extensions: BTreeMap::new(),
            fact,
        };
        self.said.push((minute, submission));
        id
    }

    /// The day's entries: what was said by noon, then the rest, each in the order of minutes. What is said at the same
    /// minute keeps the order in which it was said.
    pub(crate) fn into_entries(mut self) -> Vec<Entry> {
        self.said.sort_by_key(|(minute, _)| *minute);
        let mut said = self.said.into_iter().peekable();
        let mut entries = Vec::new();
        for at in RECORDED_AT {
            let mut submissions = Vec::new();
            while let Some((_, submission)) = said.next_if(|(minute, _)| *minute < at || at == RECORDED_AT[1]) {
                submissions.push(submission);
                if submissions.len() == Entry::EVENTS_MAX {
                    entries.push(Entry { at: moment(self.date, at), submissions: std::mem::take(&mut submissions) });
                }
            }
            if !submissions.is_empty() {
                entries.push(Entry { at: moment(self.date, at), submissions });
            }
        }
        entries
    }
}
