//! What is asked of every list of faults.

use events::Violation;
use serde_json::Value;

/// At least one fault; each says what it is, and points to a place in the document, or to one that is missing in an object
/// or list that is there.
pub(crate) fn check(faults: &[Violation], document: &Value, at: &str) {
    assert!(!faults.is_empty(), "a no without a reason");
    for (n, fault) in faults.iter().enumerate() {
        assert!(!fault.rule.is_empty() && !fault.message.is_empty(), "{fault:?}");
        // A line that counts has no place, and the name of a field that is too long is not written out.
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
