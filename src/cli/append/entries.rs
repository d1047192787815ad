//! Reads the entries of a file; every supported format is a sequence of JSON values.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use events::Recorded;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, StreamDeserializer, Value, json};

use crate::cli::failure::Failure;

#[derive(Debug)]
pub(super) enum Item {
    /// The first line of a ledger's copy.
    Header {
        ledger: String,
        title: String,
    },
    Entry(Entry),
}

/// Events that are recorded atomically.
#[derive(Debug)]
pub(super) struct Entry {
    /// The line of its first byte, counted from 1.
    pub(super) line: usize,
    pub(super) events: Vec<Box<RawValue>>,
    /// Set if the file has an array here; pointers of violations then begin with `/0/…`.
    pub(super) is_list: bool,
}

/// An iterator over the entries of a file, read lazily.
pub(super) struct Entries<R: Read> {
    values: StreamDeserializer<'static, serde_json::de::IoRead<Counted<R>>, Box<RawValue>>,
    breaks: Rc<RefCell<VecDeque<u64>>>,
    line: usize,
    is_over: bool,
}

/// The part of an entry in a ledger's copy that is recorded again.
#[derive(Deserialize)]
struct CopiedEntry {
    events: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct CopyHeader {
    ledger: String,
    title: String,
}

impl<R: Read> Entries<R> {
    pub(super) fn of(file: R) -> Entries<R> {
        let breaks = Rc::default();
        let counted = Counted { file, breaks: Rc::clone(&breaks), read: 0 };
        let values = serde_json::Deserializer::from_reader(counted).into_iter();
        Entries { values, breaks, line: 1, is_over: false }
    }

    /// Returns the line of a byte, counted from 1. Offsets must not decrease between calls.
    fn line_at(&mut self, offset: usize) -> usize {
        let mut breaks = self.breaks.borrow_mut();
        while breaks.front().is_some_and(|at| *at < offset as u64) {
            breaks.pop_front();
            self.line += 1;
        }
        self.line
    }

    fn read(&mut self) -> Option<Result<Item, Failure>> {
        let value = match self.values.next()? {
            Ok(value) => value,
            // The line number in serde_json's message counts from the beginning of the file.
            Err(error) => return Some(Err(Failure::failed(format!("not JSON: {error}")))),
        };
        let end = self.values.byte_offset();
        let line = self.line_at(end.saturating_sub(value.get().len()));
        Some(item(value, line).map_err(|wrong| Failure::failed(format!("line {line}: {wrong}"))))
    }
}

impl<R: Read> Iterator for Entries<R> {
    type Item = Result<Item, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let item = self.read();
        self.is_over = !matches!(item, Some(Ok(_)));
        item
    }
}

fn item(value: Box<RawValue>, line: usize) -> Result<Item, String> {
    let not_read = |error: serde_json::Error| error.to_string();
    match value.get().as_bytes().first() {
        Some(b'[') => {
            let events: Vec<Box<RawValue>> = serde_json::from_str(value.get()).map_err(not_read)?;
            if events.is_empty() {
                return Err("an entry must contain at least one event".into());
            }
            Ok(Item::Entry(Entry { line, events, is_list: true }))
        }
        Some(b'{') => {
            // Only the field names are parsed: the ledger validates the values, including digits and duplicate fields.
            let names: std::collections::BTreeMap<String, &RawValue> =
                serde_json::from_str(value.get()).map_err(not_read)?;
            if names.contains_key("okr_ledger_copy") {
                let CopyHeader { ledger, title } = serde_json::from_str(value.get()).map_err(not_read)?;
                return Ok(Item::Header { ledger, title });
            }
            if names.contains_key("first_seq") && names.contains_key("events") {
                let entry: CopiedEntry = serde_json::from_str(value.get()).map_err(not_read)?;
                let events = entry.events.iter().filter_map(|event| unstamped(event).transpose());
                let events = events.collect::<Result<_, _>>()?;
                return Ok(Item::Entry(Entry { line, events, is_list: true }));
            }
            Ok(Item::Entry(Entry { line, events: vec![value], is_list: false }))
        }
        _ => Err("expected an event (a JSON object) or an entry (an array of events)".into()),
    }
}

/// Strips the ledger's attributes from a recorded event, leaving the event as its author submitted it. Returns `None`
/// for events that the ledger derived from an approval, because recording the approval derives them again.
fn unstamped(event: &RawValue) -> Result<Option<Box<RawValue>>, String> {
    let recorded = Recorded::decode(event.get().as_bytes()).map_err(|error| error.to_string())?;
    if recorded.fact.approval().is_some() {
        return Ok(None);
    }
    let said = recorded.submission();
    let mut attributes = Map::new();
    attributes.insert("specversion".into(), json!("1.0"));
    attributes.insert("id".into(), json!(said.id));
    attributes.insert("source".into(), json!(said.source));
    attributes.insert("type".into(), json!(said.fact.kind().as_str()));
    attributes.insert("subject".into(), json!(said.subject));
    let optional = [
        ("time", said.time.map(|time| json!(time))),
        ("datacontenttype", said.datacontenttype.map(|text| json!(text))),
        ("dataschema", said.dataschema.map(|text| json!(text))),
    ];
    attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    attributes.extend(said.extensions.into_iter().map(|(name, value)| (name, json!(value))));
    attributes.insert("data".into(), serde_json::to_value(&said.fact).map_err(|error| error.to_string())?);
    to_raw_value(&Value::Object(attributes)).map(Some).map_err(|error| error.to_string())
}

/// A reader that notes the offsets of line breaks.
pub(super) struct Counted<R> {
    file: R,
    breaks: Rc<RefCell<VecDeque<u64>>>,
    read: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        let ends = buffer.iter().take(n).enumerate().filter(|(_, byte)| **byte == b'\n');
        self.breaks.borrow_mut().extend(ends.map(|(at, _)| self.read + at as u64));
        self.read += n as u64;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(file: &str) -> Vec<String> {
        Entries::of(file.as_bytes())
            .map(|item| match item {
                Ok(Item::Header { ledger, title }) => format!("copy of {ledger}, {title}"),
                Ok(Item::Entry(entry)) => {
                    let events: Vec<&str> = entry.events.iter().map(|event| event.get()).collect();
                    format!("line {}: {}{}", entry.line, if entry.is_list { "list " } else { "" }, events.join(" "))
                }
                Err(failure) => failure.message().unwrap_or_default().to_owned(),
            })
            .collect()
    }

    #[test]
    fn every_form_of_file_is_taken() {
        assert_eq!(entries("{\"id\":1}"), ["line 1: {\"id\":1}"]);
        assert_eq!(
            entries("{\"id\":1}\n\n[{\"id\":2},{\"id\":3}]\n"),
            ["line 1: {\"id\":1}", "line 3: list {\"id\":2} {\"id\":3}"]
        );
        assert_eq!(entries("\n{\n \"id\": 1\n}\n{\"id\":1.00}"), ["line 2: {\n \"id\": 1\n}", "line 5: {\"id\":1.00}"]);
        assert_eq!(entries(""), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_line_and_ends_it() {
        assert_eq!(
            entries("{\"id\":1}\n{\"id\":\n\n?}\n{}"),
            ["line 1: {\"id\":1}", "not JSON: expected value at line 4 column 1"]
        );
        assert_eq!(
            entries("{}\n7\n{}"),
            ["line 1: {}", "line 2: expected an event (a JSON object) or an entry (an array of events)"]
        );
        assert_eq!(entries("[]"), ["line 1: an entry must contain at least one event"]);
    }

    #[test]
    fn the_ledgers_stamps_are_taken_off_a_copy() {
        let copy = concat!(
            r#"{"okr_ledger_copy":1,"ledger":"acme","title":"Acme","created_at":"2026-03-16T08:00:00Z"}"#,
            "\n",
            r#"{"first_seq":1,"recorded_at":"2026-03-16T09:00:00Z","warnings":[],"events":[{"specversion":"1.0","id":"e1","#,
            r#""source":"/x","type":"okr.check_in.recorded","subject":"kr","time":"2026-03-16T08:30:00Z","team":"a","seq":1,"#,
            r#""recordedtime":"2026-03-16T09:00:00Z","actor":"/x","data":{"value":18.0}}]}"#,
        );
        assert_eq!(
            entries(copy),
            [
                "copy of acme, Acme",
                concat!(
                    r#"line 2: list {"data":{"value":18.0},"id":"e1","source":"/x","specversion":"1.0","subject":"kr","#,
                    r#""team":"a","time":"2026-03-16T08:30:00Z","type":"okr.check_in.recorded"}"#
                )
            ]
        );
    }
}
