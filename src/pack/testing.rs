//! Packs for tests.

use projections::ask::testing::Ledger;
use serde_json::json;

use super::{Pack, PackAsk, gather};

/// The day after the last check-in.
const NOW: &str = "2026-05-12T12:00:00Z";

/// Texts that could break a format, written by accident or on purpose.
pub(super) const HOSTILE: [&str; 13] = [
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\tafter a tab",
    "'=already defused",
    "'tis plain",
    "a|b\n| c | d |\n# heading [link](javascript:alert(1))",
    "#panic(\"set\") $x$ @ref *bold* \\u{41} //",
    "成長を止めない",
    "\u{202e}\u{2067}turned round שלום مرحبا 🚀👩‍👩‍👧",
];

/// Creates a quarter that has this text in every text field.
pub(super) fn written_all_over(text: &str) -> Pack {
    let mut ledger = Ledger::new();
    let cycle = json!({"title": text, "kind": "quarter", "starts_on": "2026-04-01", "ends_on": "2026-06-30",
        "time_zone": "Europe/Berlin"});
    ledger.note("2026-03-20T09:00:00Z", "cycle.opened", "q2", cycle);
    ledger.note("2026-03-20T10:00:00Z", "team.formed", "t", json!({"name": text}));
    let objective = json!({"cycle": "q2", "title": text, "level": "company", "team": "t", "owner": text, "ambition": "committed",
        "description": text});
    ledger.note("2026-03-21T09:00:00Z", "objective.drafted", "trial", objective);
    for (id, kind, from, to) in [("paid", "increase", 14, 22), ("cac", "decrease", 1100, 800)] {
        let metric = json!({"name": text, "unit": text, "kind": kind});
        let data = json!({"objective": "trial", "title": text, "owner": text, "metric": metric, "target": to});
        ledger.note("2026-03-22T09:00:00Z", "key_result.drafted", id, data);
        let measured = json!({"value": from, "measured_on": "2026-03-15", "method": text});
        ledger.note("2026-03-22T10:00:00Z", "key_result.baseline_set", id, measured);
    }
    ledger.note("2026-04-01T07:00:00Z", "cycle.started", "q2", json!({}));
    let why =
        json!({"cause": "external_change", "statement": text, "circumstances": text, "preserves_objective": true});
    let eased = json!({"changes": {"target": {"to": 850}, "title": {"to": text}}, "justification": why});
    ledger.note("2026-05-04T09:00:00Z", "key_result.adjusted", "cac", eased);
    let told = json!({"cycle": "q2", "title": text, "note": text});
    ledger.note("2026-05-11T15:00:00Z", "board_report.issued", "may", told);
    let check_in = json!({"value": 16.25, "confidence": 3, "note": text, "blockers": [text]});
    ledger.late("2026-05-11T16:00:00Z", "2026-05-11T09:00:00Z", "check_in.recorded", "paid", check_in);
    pack(&ledger, text)
}

/// Creates an ordinary quarter: two key results, check-ins, one adjustment.
pub(super) fn quarter() -> Pack {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 15, "confidence": 7}));
    ledger.check_in("2026-04-06T09:00:00Z", "cac", json!({"value": -1050.5, "confidence": 8}));
    ledger.adjust("2026-05-04T09:00:00Z", "cac", 850);
    let blocked = json!({"value": 16.5, "confidence": 3, "blockers": ["Billing is down"]});
    ledger.check_in("2026-05-11T09:00:00Z", "paid", blocked);
    let told = json!({"cycle": "q2", "title": "May board", "note": "Billing is being repaired."});
    ledger.note("2026-05-11T15:00:00Z", "board_report.issued", "may", told);
    let said = json!({"value": 18, "note": "the books of May are closed"});
    ledger.late("2026-05-12T11:00:00Z", "2026-05-11T12:00:00Z", "check_in.recorded", "paid", said);
    pack(&ledger, "Acme")
}

/// Creates a cycle without goals.
pub(super) fn empty() -> Pack {
    let mut ledger = Ledger::new();
    ledger.open("q2", "2026-03-20T09:00:00Z");
    pack(&ledger, "Acme")
}

fn pack(ledger: &Ledger, organisation: &str) -> Pack {
    let rows = ledger.rows(ledger.last());
    let asked = ledger.asked(&rows, ledger.last(), NOW);
    let pack = gather::of(ledger, &asked, "q2", &PackAsk::default()).unwrap().unwrap();
    Pack { organisation: organisation.to_owned(), ..pack }
}
