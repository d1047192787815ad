//! A quarter for tests of layouts.

use projections::ask::testing::Ledger;
use serde_json::json;

use crate::cli::screen::Style;

/// A pipe, a hundred columns wide.
pub(super) const PIPED: Style = Style { width: 100, is_colourful: false };

/// The day after the last check-in.
pub(super) const NOW: &str = "2026-05-12T12:00:00Z";

/// Returns a quarter with two key results, some check-ins and one adjustment.
pub(super) fn quarter() -> Ledger {
    let mut ledger = Ledger::quarter();
    ledger.check_in("2026-04-06T09:00:00Z", "paid", json!({"value": 15, "confidence": 7}));
    ledger.check_in("2026-04-06T09:00:00Z", "cac", json!({"value": 1050, "confidence": 8}));
    ledger.adjust("2026-05-04T09:00:00Z", "cac", 850);
    ledger.check_in(
        "2026-05-11T09:00:00Z",
        "paid",
        json!({"value": 16.5, "confidence": 3, "blockers": ["Billing is down"]}),
    );
    ledger
}
