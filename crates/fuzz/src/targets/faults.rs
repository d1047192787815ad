//! Checks on every list of violations.

use events::Violation;
use serde_json::Value;

/// Checks that there is at least one violation, and that each has a message and points to a value in the document, or
/// to a missing one in an existing object or array.
pub(crate) fn check(faults: &[Violation], document: &Value, at: &str) {
    assert!(!faults.is_empty(), "a no without a reason");
    for (n, fault) in faults.iter().enumerate() {
        assert!(!fault.rule.is_empty() && !fault.message.is_empty(), "{fault:?}");
        // A line with a count has no pointer, and the name of an overlong field is abbreviated.
        if fault.is_count() || fault.pointer.contains('…') {
            continue;
        }
        assert!(!faults[..n].contains(fault), "said twice: {fault:?}");
        let inside = fault.pointer.strip_prefix(at).unwrap_or_else(|| panic!("{fault:?} is not under `{at}`"));
        let is_there = |pointer: &str| document.pointer(pointer).is_some();
        let holder = |pointer: &str| pointer.rsplit_once('/').map_or(String::new(), |(holder, _)| holder.to_owned());
        // An event without data has an empty one.
        let of_no_data = holder(inside).ends_with("/data") && is_there(&holder(&holder(inside)));
        assert!(is_there(inside) || is_there(&holder(inside)) || of_no_data, "{fault:?} points to nothing");
    }
}
