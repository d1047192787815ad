//! Events, one per line.

use events::Moment;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::replay::words;
use super::{figure, table};
use crate::cli::screen::Style;

/// Lays out the events of the feed.
pub(crate) fn events(events: &[Box<RawValue>], style: Style) -> String {
    let raw: Vec<&str> = events.iter().map(|event| event.get()).collect();
    if raw.is_empty() { "No events.\n".into() } else { table_of(&raw, style) }
}

#[derive(Deserialize)]
struct EventLine {
    seq: u64,
    #[serde(rename = "type")]
    kind: String,
    subject: String,
    #[serde(rename = "ref")]
    given: Option<String>,
    time: Moment,
    recordedtime: Moment,
    actor: String,
}

pub(super) fn table_of(events: &[&str], style: Style) -> String {
    let mut rows = table::ruled(style, &["event", "happened", "recorded", "what", "subject", "by"]);
    for event in events {
        let Ok(line) = serde_json::from_str::<EventLine>(event) else {
            rows.add_row(["?", "", "", "cannot be read: see --json", "", ""]);
            continue;
        };
        let recorded = match line.recordedtime.micros() - line.time.micros() {
            late if late < 60_000_000 => String::new(),
            _ => figure::minute(line.recordedtime),
        };
        let subject = match line.given {
            Some(given) => format!("{} ({given})", line.subject),
            None => line.subject,
        };
        rows.add_row([
            line.seq.to_string(),
            figure::minute(line.time),
            recorded,
            words(&line.kind),
            subject,
            line.actor,
        ]);
    }
    table::figures_in(&mut rows, [0]);
    table::unbroken(&mut rows, [0, 1]);
    table::lines(&rows).join("\n") + "\n"
}
