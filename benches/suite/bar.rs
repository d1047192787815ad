//! The bar: minimum figures, goals, and the verdict, computed from the figures of a run.

use std::collections::BTreeMap;

/// A line of the bar.
struct Line {
    what: &'static str,
    /// The name of the figure, measured in `unit`.
    figure: &'static str,
    unit: &'static str,
    /// Set if less is better.
    is_ceiling: bool,
    must: f64,
    reach: f64,
    /// Tolerance of the goal: "about 1" is not missed at 1.1.
    slack: f64,
}

#[rustfmt::skip]
const BAR: [Line; 14] = [
    floor("durable single events, 1 connection, ÷ raw 1 a sync", "append.1.per_raw", "", 0.5, 0.8),
    floor("32 connections, ÷ PostgreSQL's insert in the same run", "append.32.per_postgres", "", 1.3, 2.5),
    floor("32 connections, ÷ raw 32 a sync", "append.32.per_raw", "", 0.2, 0.33),
    floor("32 × 10, events/s ÷ PostgreSQL inserting ten rows a transaction in the same run", "append.32x10.per_postgres", "", 1.0, 2.0),
    ceiling("p95 at 50 writers on one ledger", "append.50.p95_ms", " ms", 10.0, 4.0),
    floor("rebuild, events/s ÷ the raw disk by 64", "history.rebuild_per_raw", "", 0.35, 0.7),
    ceiling("open 5 million events, to the first answer of the server", "history.open_seconds", " s", 2.0, 0.5),
    ceiling("resident memory serving 5 million events", "history.resident_mib", " MiB", 512.0, 256.0),
    ceiling("board of 1,000 key results now, p99 over HTTP", "boards.1000.now_p99_ms", " ms", 5.0, 1.0),
    ceiling("the same as of the middle, ÷ now", "boards.1000.middle_per_now", "", 10.0, 3.0),
    Line { slack: 0.1, ..ceiling("the same as of the middle with ten times the history, ÷ without", "boards.1000.longer_per_middle", "", 1.5, 1.0) },
    ceiling("the slowest page of a cycle of 200 key results", "pages.slowest_ms", " ms", 50.0, 50.0),
    ceiling("the largest, over the wire", "pages.largest_kb", " KB", 150.0, 150.0),
    ceiling("its board as a PDF", "pages.pdf_seconds", " s", 2.0, 2.0),
];

const fn floor(what: &'static str, figure: &'static str, unit: &'static str, must: f64, reach: f64) -> Line {
    Line { what, figure, unit, is_ceiling: false, must, reach, slack: 0.0 }
}

const fn ceiling(what: &'static str, figure: &'static str, unit: &'static str, must: f64, reach: f64) -> Line {
    Line { what, figure, unit, is_ceiling: true, must, reach, slack: 0.0 }
}

/// Returns the bar as a Markdown table, for the available figures.
pub(crate) fn table(figures: &BTreeMap<String, f64>) -> String {
    let mut out = String::from("| what | must | reach for | measured | verdict |\n|---|---|---|---|---|\n");
    for line in &BAR {
        let sign = if line.is_ceiling { "<" } else { "≥" };
        let limit = |value: f64| format!("{sign} {}{}", figure(value), line.unit);
        let found = figures.get(line.figure).copied().filter(|found| found.is_finite());
        let measured = found.map_or("—".into(), |found| format!("{}{}", figure(found), line.unit));
        let verdict = found.map_or("not measured", |found| verdict(line, found));
        let (must, reach) = (limit(line.must), limit(line.reach));
        out += &format!("| {} | {must} | {reach} | {measured} | {verdict} |\n", line.what);
    }
    out
}

fn verdict(line: &Line, found: f64) -> &'static str {
    let reaches = |limit: f64| if line.is_ceiling { found < limit + line.slack } else { found >= limit };
    if reaches(line.reach) {
        "**reached**"
    } else if reaches(line.must) {
        "met"
    } else {
        "**MISSED**"
    }
}

/// Formats a figure with its significant digits, in groups of thousands.
pub(crate) fn figure(value: f64) -> String {
    match value.abs() {
        size if !size.is_finite() => "—".into(),
        size if size >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let mut out = String::new();
            for (n, digit) in digits.chars().enumerate() {
                if n > 0 && (digits.len() - n).is_multiple_of(3) && !out.ends_with('-') {
                    out.push(',');
                }
                out.push(digit);
            }
            out
        }
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
