//! Commands to try on the demo, ready to paste.

use std::path::Path;

use super::{CYCLE, KEY_RESULT, LEDGER};
use crate::cli::screen::Style;
use crate::pack;

/// Returns URLs and commands to try next.
pub(super) fn to_go_on(url: &str, data: Option<&Path>, style: Style) -> String {
    let ledger = format!("{url}/v1/ledgers/{LEDGER}");
    let cycle = format!("{ledger}/cycles/{CYCLE}");
    let key_result = format!("{ledger}/key-results/{KEY_RESULT}");
    let place = match data {
        Some(data) => format!("--data {}", data.display()),
        None => format!("--url {url}"),
    };
    let mut text = format!("\n{}\n", style.bold("━━ Next steps ━━"));
    let look = format!("# open {url}/ledgers/{LEDGER}/cycles/{CYCLE} in a browser and drag the slider to 5 May");
    text.push_str(&format!("\n{}\n", style.dim(&look)));
    if !pack::has_press() {
        let add = "# for PDFs of the board, run `make press` in another terminal; no restart is needed";
        text.push_str(&format!("\n{}\n", style.dim(add)));
    }
    let mut say = |what: &str, line: String| text.push_str(&format!("\n{}\n{line}\n", style.dim(&format!("# {what}"))));
    say(
        "the board now, and as the ledger knew it on 5 May, when one objective was in trouble",
        [
            format!("curl -s {cycle}/board"),
            format!("curl -s '{cycle}/board?as_of=2026-05-05'"),
            format!("{} board {CYCLE} --as-of 2026-05-05 {place}", program()),
        ]
        .join("\n"),
    );
    say("the differences between the two", format!("curl -s '{cycle}/board/changes?from=2026-05-05'"));
    say("who changed the target, why, and how far behind it was then", format!("curl -s {key_result}/audit"));
    say("the score, had the target never been eased", format!("curl -s '{cycle}/what-if?without=adjustments'"));
    say(
        "all changes to goals after the start and their effect; and how a score came about",
        [format!("curl -s {cycle}/goalposts"), format!("curl -s {key_result}/lineage")].join("\n"),
    );
    say(
        "the quarter week by week, and its confidence",
        [format!("curl -s '{cycle}/replay?step=week'"), format!("curl -s {cycle}/confidence")].join("\n"),
    );
    say(
        "every event, in order; and as they come (leave this one running)",
        [
            format!("curl -s '{ledger}/events?limit=5'"),
            format!("curl -sN -H 'Accept: text/event-stream' '{ledger}/events?after=170'"),
        ]
        .join("\n"),
    );
    say("record a late figure: the quarter is reopened for it. Sent twice, it is recorded once", [
        format!("curl -s {ledger}/events -H 'Content-Type: application/json' -d '["),
        format!(r#" {{"specversion":"1.0","id":"demo-1","source":"/you","type":"okr.cycle.reopened","subject":"{CYCLE}","data":{{"reason":"A last figure came in late"}}}},"#),
        format!(r#" {{"specversion":"1.0","id":"demo-2","source":"/you","type":"okr.check_in.recorded","subject":"{KEY_RESULT}","time":"2026-06-30T17:00:00Z","data":{{"value":835,"confidence":8}}}}]'"#),
    ].join("\n"));
    say("the rules refuse to ease a target because the team is behind", [
        format!("curl -s {ledger}/events -H 'Content-Type: application/json' -d '"),
        format!(r#" {{"specversion":"1.0","id":"demo-3","source":"/you","type":"okr.key_result.adjusted","subject":"{KEY_RESULT}","data":{{"changes":{{"target":{{"to":900}}}},"#),
        r#"  "justification":{"cause":"execution_shortfall","statement":"We are behind","circumstances":"None","preserves_objective":true}}}'"#.to_owned(),
    ].join("\n"));
    text
}

/// Returns the program's path as it was called, so that pasted commands work.
pub(super) fn program() -> String {
    std::env::args().next().unwrap_or_else(|| "okr-ledger".into())
}
