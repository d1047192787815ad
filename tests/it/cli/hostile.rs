//! Hostile text on a terminal and in tables.

use super::program::{done, run_with};
use crate::hostile::{entries, text};

/// Every question with a table.
const QUESTIONS: [&[&str]; 19] = [
    &["board", "q"],
    &["audit", "q"],
    &["audit", "churn"],
    &["confidence", "q"],
    &["confidence", "o"],
    &["calibration", "q"],
    &["replay", "q"],
    &["retro", "q"],
    &["what-if", "q", "--without", "adjustments"],
    &["goalposts", "q"],
    &["lineage", "q"],
    &["attention", "q"],
    &["proposals", "q"],
    &["changes", "q", "--from", "9"],
    &["board-reports"],
    &["board-report", "told"],
    &["restatements", "told"],
    &["events"],
    &["cycles"],
];

#[test]
fn a_terminal_is_told_nothing_but_text() {
    let folder = tempfile::tempdir().unwrap();
    for (n, entry) in entries(&text(490)).iter().enumerate() {
        let mut arguments = vec!["append", "-", "--ledger", "acme", "--data", "a"];
        if n == 0 {
            arguments.push("--create");
        }
        let ran = run_with(folder.path(), &arguments, entry.to_string().as_bytes());
        assert_eq!(ran.code, Some(0), "{:.2000}", ran.err);
    }
    for question in QUESTIONS {
        let shown = done(folder.path(), &[question, &["--data", "a", "--width", "100"]].concat());
        assert!(shown.contains("cmd"), "{question:?} shows nothing of it: {shown:.600}");
        // No sequence that a terminal obeys, and no mark that reverses the rest of a line.
        let wrong = shown
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        assert_eq!(wrong, None, "{question:?}");
        // In Markdown no sign from a text may open a link, a tag, a picture or code. The layout itself uses `<br>`,
        // `**`, `#` and `|`.
        let shown = done(folder.path(), &[question, &["--data", "a", "--markdown"]].concat());
        assert!(shown.contains("cmd"), "{question:?} shows nothing of it: {shown:.600}");
        let shown = shown.replace("<br>", "");
        let mut characters = shown.char_indices();
        let armed = std::iter::from_fn(|| match characters.next()? {
            (_, '\\') => characters.next().map(|_| None),
            other => Some(Some(other)),
        });
        let armed = armed.flatten().find(|(_, sign)| matches!(sign, '<' | '[' | ']' | '`' | '~' | '$' | '@' | '!'));
        let beside = armed.map(|(at, _)| &shown[shown.floor_char_boundary(at.saturating_sub(80))..][..80]);
        assert_eq!(beside, None, "{question:?}");
    }
}
