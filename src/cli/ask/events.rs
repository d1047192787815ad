use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{LedgerClient, Question, Rest, Target, read};
use crate::cli::failure::Failure;
use crate::cli::screen::Style;
use crate::cli::show;

/// Events shown without `--limit`, as over HTTP.
const LIMIT_DEFAULT: usize = 100;

#[derive(Debug, clap::Args)]
pub(crate) struct Events {
    /// Only events after this number
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
    /// At most this many
    #[arg(long)]
    limit: Option<usize>,
    /// Only events of this type, such as okr.key_result.adjusted
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only events about this subject, by id or ref
    #[arg(long)]
    subject: Option<String>,
    /// Only events of this cycle
    #[arg(long)]
    cycle: Option<String>,
    /// Only events at or after this moment
    #[arg(long, value_name = "DATE|TIME")]
    since: Option<String>,
    /// Only events before this moment
    #[arg(long, value_name = "DATE|TIME")]
    until: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Feed {
    pub(crate) events: Vec<Box<RawValue>>,
}

impl Question for Events {
    type Answer = Feed;

    fn targets(&self, client: &LedgerClient<'_>) -> Result<Vec<Target>, Failure> {
        Ok(vec![
            client
                .target(["events"])
                .with("after", self.after)
                .with("limit", self.limit)
                .with("type", self.kind.as_ref())
                .with("subject", self.subject.as_ref())
                .with("cycle", self.cycle.as_ref())
                .with("since", self.since.as_ref())
                .with("until", self.until.as_ref()),
        ])
    }

    fn rest(&self, pages: &[Vec<u8>]) -> Result<Rest, Failure> {
        let mut wanted = self.limit.unwrap_or(LIMIT_DEFAULT);
        for page in pages {
            wanted = wanted.saturating_sub(read::<Feed>(page)?.events.len());
        }
        Ok(if wanted == 0 { Rest::Nothing } else { Rest::AtMost(wanted) })
    }

    fn joined(&self, pages: &[Vec<u8>]) -> Result<Vec<u8>, Failure> {
        let mut events = Vec::new();
        for page in pages {
            events.extend(read::<Feed>(page)?.events);
        }
        serde_json::to_vec(&Feed { events }).map_err(|error| Failure::failed(error.to_string()))
    }

    fn show(&self, answer: &Feed, _client: &LedgerClient<'_>, style: Style) -> Result<String, Failure> {
        Ok(show::events(&answer.events, style))
    }
}
