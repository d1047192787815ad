//! The ids of a feed's messages: `k3vxsa2b7z-412`, the ledger's incarnation and the seq.
//!
//! ```text
//! a7qfr…   1 ─── 100 ─── 174 ─── 230      a client read up to a7qfr…-200
//!                         │
//! k3vxs…                  └─ 175 ─── 190  the ledger now: a backup that ended at 174, restored
//! ```
//!
//! Events beyond the last shared one were never recorded in this incarnation. A client that continued after them would
//! mistake other events for their successors. So nothing follows them, and the answer names the last event shared.

use std::fmt;

use crate::journal::{Incarnation, Incarnations};
use crate::request::params::whole;

/// The id of the last event that a client saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) struct FeedId {
    /// Absent where a client names a seq alone.
    pub(in crate::http) incarnation: Option<Incarnation>,
    pub(in crate::http) seq: u64,
}

/// The events that follow an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Follows {
    /// The events of this incarnation after this seq.
    After(u64),
    /// None: the two incarnations share the events up to this seq only.
    Nothing { shared_to: u64 },
}

impl FeedId {
    /// Reads `k3vxsa2b7z-412`, or a seq alone.
    pub(in crate::http) fn parse(text: &str) -> Option<FeedId> {
        match text.split_once('-') {
            None => Some(FeedId { incarnation: None, seq: whole(text)? }),
            Some((incarnation, seq)) => Some(FeedId { incarnation: Some(incarnation.parse().ok()?), seq: whole(seq)? }),
        }
    }

    /// Returns the events that follow in a ledger with these incarnations. A bare seq may belong to any of them: it is
    /// unambiguous if the ledger has one incarnation only, or if all of them share the event.
    pub(in crate::http) fn follows(self, known: &Incarnations) -> Follows {
        let shared_to = match self.incarnation {
            Some(named) if named == known.incarnation => return Follows::After(self.seq),
            // An unknown incarnation shares nothing.
            Some(named) => known.shared_to(named).unwrap_or_default(),
            None => known.earlier.iter().map(|one| one.shared_to).min().unwrap_or(u64::MAX),
        };
        if self.seq <= shared_to { Follows::After(self.seq) } else { Follows::Nothing { shared_to } }
    }
}

impl fmt::Display for FeedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.incarnation {
            Some(incarnation) => write!(f, "{incarnation}-{}", self.seq),
            None => self.seq.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> FeedId {
        FeedId::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn an_id_is_an_incarnation_and_a_seq_or_a_seq_alone() {
        for text in ["0", "412", "aaaaaaaaab-412"] {
            assert_eq!(id(text).to_string(), text);
        }
        for text in [
            "",
            "-",
            "-1",
            "x",
            "+1",
            "aaaaaaaaab-",
            "aaaaaaaaab-x",
            "aaaaaaaa1b-1",
            "aaaaaaaaab-1-2",
            "412-aaaaaaaaab",
        ] {
            assert_eq!(FeedId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_events_shared_by_two_incarnations_follow() {
        let [first, second, third] = [1, 2, 3].map(Incarnation::of);
        let new = Incarnations::first(first);
        let known = new.continued_as(second, 174).continued_as(third, 190);
        let shared = [(first, 174), (second, 190)];
        for (incarnation, shared_to) in shared {
            let follows = |seq| FeedId { incarnation: Some(incarnation), seq }.follows(&known);
            assert_eq!(follows(shared_to), Follows::After(shared_to));
            assert_eq!(follows(shared_to + 1), Follows::Nothing { shared_to });
        }
        let of_now = FeedId { incarnation: Some(third), seq: 999 };
        assert_eq!(of_now.follows(&known), Follows::After(999));
        let stranger = Incarnation::of(9);
        let unheard_of = |seq| FeedId { incarnation: Some(stranger), seq }.follows(&known);
        assert_eq!(unheard_of(0), Follows::After(0));
        assert_eq!(unheard_of(1), Follows::Nothing { shared_to: 0 });
        // A bare seq.
        assert_eq!(id("999").follows(&new), Follows::After(999));
        assert_eq!(id("174").follows(&known), Follows::After(174));
        assert_eq!(id("175").follows(&known), Follows::Nothing { shared_to: 174 });
    }
}
