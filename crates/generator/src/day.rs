//! The events of one day, grouped into entries.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use events::{EventId, Fact, Moment, SubjectId, Submission};

use crate::Entry;
use crate::calendar::moment;
use crate::make::{event_id, text};
use crate::person::Person;

/// The minutes of recording: noon and six o'clock. Each records the events since the previous one.
const RECORDED_AT: [u32; 2] = [12 * 60, 18 * 60];

/// A day with its events, each at a minute after midnight.
#[derive(Debug)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    events: Vec<(u32, Submission)>,
}

/// The event ids of one part of a history, numbered from 1.
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
        Day { date, events: Vec::new() }
    }

    /// Adds an event that happens at this minute of the day.
    pub(crate) fn record(
        &mut self,
        ids: &mut Numbering,
        minute: u32,
        by: Person,
        subject: &SubjectId,
        fact: Fact,
    ) -> EventId {
        self.record_late(ids, minute, moment(self.date, minute), by, subject, fact)
    }

    /// Adds an event that is recorded at `minute` and happened at `time`.
    pub(crate) fn record_late(
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
        self.events.push((minute, submission));
        id
    }

    /// Returns the day's entries: the events before noon, then the others, each sorted by minute. Events of the same
    /// minute keep their order.
    pub(crate) fn into_entries(mut self) -> Vec<Entry> {
        self.events.sort_by_key(|(minute, _)| *minute);
        let mut pending = self.events.into_iter().peekable();
        let mut entries = Vec::new();
        for at in RECORDED_AT {
            let mut submissions = Vec::new();
            while let Some((_, submission)) = pending.next_if(|(minute, _)| *minute < at || at == RECORDED_AT[1]) {
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
