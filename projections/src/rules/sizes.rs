//! Size limits of an entry and of each event.
//!
//! An oversized event is refused for its size alone. No other rule checks it, so refusing it costs no more than reading
//! it did. An entry that is already recorded does not get here, because a retry is recognised before the entry is
//! decided.

use events::{At, EventId, Faults, Recorded, Submission, json_text_bytes};

use super::{No, Proposal, Refusal};

/// The most events in an entry.
pub const ENTRY_EVENTS_MAX: usize = 1_000;

/// The most bytes of an entry as submitted, in JSON without whitespace.
pub const ENTRY_BYTES_MAX: usize = 1 << 20;

/// The most bytes the events of an entry take in its receipt, which is limited to 512 KiB.
const RECEIPT_EVENTS_BYTES_MAX: usize = 440 << 10;

/// The bytes of an event in a receipt in addition to its id and subject.
const RECEIPT_EVENT_BYTES: usize = 112;

/// The oversized parts of one event.
#[derive(Debug, Default)]
pub(super) struct Oversize {
    pub(super) faults: Faults,
    pub(super) no: Option<No>,
}

/// Measures each event of an entry, or refuses the entry as a whole.
pub(super) fn measure(proposal: &Proposal) -> Result<Vec<Oversize>, Refusal> {
    let count = proposal.submissions.len();
    if count > ENTRY_EVENTS_MAX {
        let says = format_args!(
            "an entry has at most {ENTRY_EVENTS_MAX} events, this one has {count}: nothing was recorded; send them in \
             smaller entries"
        );
        return Err(Refusal::too_large("too_many_events", says));
    }
    let (mut found, mut reported, mut all, mut is_small) = (Vec::with_capacity(count), Faults::none(), 0_usize, true);
    for (n, submission) in proposal.submissions.iter().enumerate() {
        let pointer = proposal.pointer(n);
        let mut one = Oversize { faults: reported.beside(), no: None };
        let bytes = submission.measure(At::from(&pointer), &mut one.faults);
        one.no = (!one.faults.is_empty()).then_some(No::Invalid);
        if bytes > Submission::BYTES_MAX {
            let says = format_args!(
                "the event has {bytes} bytes, and at most {} are accepted; shorten its largest fields (bytes: {})",
                Submission::BYTES_MAX,
                submission.largest_fields()
            );
            one.faults.add(&pointer, "event_too_large", says);
            one.no = Some(No::TooLarge);
            is_small = false;
        }
        if matches!(submission.id.as_str(), "." | "..") {
            let says = "`.` and `..` do not work in a URL path: choose another id";
            one.faults.add(format!("{pointer}/id"), "reserved_id", says);
            one.no = one.no.max(Some(No::Invalid));
        }
        all = all.saturating_add(bytes);
        if one.no.is_some() {
            reported.extend(one.faults.clone());
        }
        found.push(one);
    }
    if all > ENTRY_BYTES_MAX && is_small {
        let says = format_args!(
            "the entry has {all} bytes, and at most {ENTRY_BYTES_MAX} are accepted: nothing was recorded; send its events in \
             smaller entries"
        );
        return Err(Refusal::too_large("entry_too_large", says));
    }
    Ok(found)
}

/// Refuses an entry whose receipt would be too large, as with many events with long ids.
pub(super) fn fits_receipt(events: &[Recorded]) -> Result<(), Refusal> {
    let id = |id: &EventId| json_text_bytes(id.as_str());
    let bytes: usize =
        events.iter().map(|event| id(&event.id) + event.subject.as_str().len() + RECEIPT_EVENT_BYTES).sum();
    if bytes <= RECEIPT_EVENTS_BYTES_MAX {
        return Ok(());
    }
    let says = format_args!(
        "the receipt of the entry would be larger than 512 KiB, because its event ids are long: nothing was \
         recorded; send the events in smaller entries, or with shorter ids"
    );
    Err(Refusal::too_large("entry_too_large", says))
}

#[cfg(test)]
mod tests;
