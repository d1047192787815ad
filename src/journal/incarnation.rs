//! Incarnations: names for the histories of one ledger that diverged after a restore.
//!
//! ```text
//! a9qfr…   1 ─── 100 ─── 174 ─── 230      recorded until the disk was lost
//!                         │
//! k3vxs…                  └─ 175 ─── 190  a backup that ended at 174, restored: other events under the same numbers
//! ```
//!
//! A client that has read up to 200 in `a9qfr…` sees the name `k3vxs…`, and that the two share events 1 to 174. The
//! events it read beyond 174 are not in this history.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// Length of an incarnation's name.
const LETTERS: usize = 10;

/// Each letter encodes five bits. 0, 1, 8 and 9 are left out because they are mistaken for letters when read aloud.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Earlier incarnations kept for a ledger. Each is a restore or an import, so real ledgers stay far below.
const EARLIER_MAX: usize = 1_000;

/// The name of one history of a ledger: ten letters of `a-z2-7`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Incarnation([u8; LETTERS]);

/// Makes incarnations. Passed as an argument like the clock, so that tests, the demo and generated histories are
/// reproducible.
pub type NewIncarnation = Box<dyn Fn() -> Incarnation + Send + Sync>;

/// The text is not an incarnation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an incarnation is ten letters of a-z and 2-7")]
pub struct NoIncarnation;

/// An incarnation that precedes the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The name of the earlier history.
    pub incarnation: Incarnation,
    /// The last event that the two histories share; 0 if they share none.
    pub shared_to: u64,
}

/// The current incarnation of a ledger, and the earlier ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incarnations {
    /// The current one.
    pub incarnation: Incarnation,
    /// The earlier ones, oldest first.
    pub earlier: Vec<Earlier>,
}

impl Incarnation {
    /// Returns the incarnation encoded by the lower 50 bits of a number.
    pub fn of(number: u64) -> Incarnation {
        let mut letters = [ALPHABET[0]; LETTERS];
        let mut left = number;
        for letter in letters.iter_mut().rev() {
            *letter = ALPHABET[(left & 31) as usize];
            left >>= 5;
        }
        Incarnation(letters)
    }

    pub(super) fn read(bytes: [u8; LETTERS]) -> Result<Incarnation, NoIncarnation> {
        if bytes.iter().all(|letter| ALPHABET.contains(letter)) { Ok(Incarnation(bytes)) } else { Err(NoIncarnation) }
    }

    pub(super) fn bytes(&self) -> &[u8; LETTERS] {
        &self.0
    }

    /// Returns the ten letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Incarnation {
    type Err = NoIncarnation;

    fn from_str(text: &str) -> Result<Incarnation, NoIncarnation> {
        Incarnation::read(text.as_bytes().try_into().map_err(|_| NoIncarnation)?)
    }
}

impl TryFrom<String> for Incarnation {
    type Error = NoIncarnation;

    fn try_from(text: String) -> Result<Incarnation, NoIncarnation> {
        text.parse()
    }
}

impl From<Incarnation> for String {
    fn from(incarnation: Incarnation) -> String {
        incarnation.as_str().to_owned()
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incarnation({self})")
    }
}

/// Returns a source of incarnations that count from `aaaaaaaaab`: for tests, and for reproducible histories.
pub fn counting() -> NewIncarnation {
    let last = AtomicU64::new(0);
    Box::new(move || Incarnation::of(last.fetch_add(1, Ordering::Relaxed) + 1))
}

impl Incarnations {
    /// Returns the incarnations of a new ledger.
    pub fn first(incarnation: Incarnation) -> Incarnations {
        Incarnations { incarnation, earlier: Vec::new() }
    }

    /// Returns the incarnations of a ledger that continues as `next` from a history that ends at `last_seq`.
    pub fn continued_as(&self, next: Incarnation, last_seq: u64) -> Incarnations {
        let mut earlier = self.earlier.clone();
        earlier.push(Earlier { incarnation: self.incarnation, shared_to: last_seq });
        earlier.iter_mut().for_each(|one| one.shared_to = one.shared_to.min(last_seq));
        earlier.drain(..earlier.len().saturating_sub(EARLIER_MAX));
        Incarnations { incarnation: next, earlier }
    }

    /// Returns the incarnations of a ledger that imported a copy whose history ends at `last_seq`. The ledger stays in
    /// its incarnation; it shares with the copy's incarnations as much as the copy shares with them.
    pub fn with_copy(&self, copy: &Incarnations, last_seq: u64) -> Incarnations {
        let copied = copy.continued_as(self.incarnation, last_seq).earlier;
        let mut earlier = self.earlier.clone();
        for one in copied.into_iter().filter(|one| one.incarnation != self.incarnation) {
            match earlier.iter_mut().find(|known| known.incarnation == one.incarnation) {
                Some(known) => known.shared_to = known.shared_to.max(one.shared_to),
                None => earlier.push(one),
            }
        }
        earlier.drain(..earlier.len().saturating_sub(EARLIER_MAX));
        Incarnations { incarnation: self.incarnation, earlier }
    }

    /// Returns the last event that an earlier incarnation shares with this history; `None` for any other incarnation.
    pub fn shared_to(&self, incarnation: Incarnation) -> Option<u64> {
        self.earlier.iter().find(|one| one.incarnation == incarnation).map(|one| one.shared_to)
    }

    /// Returns true if two ledgers have an incarnation in common: one continues the other, or both continue a third.
    pub fn meet(&self, other: &Incarnations) -> bool {
        self.all().any(|one| other.all().any(|another| one == another))
    }

    /// Returns the fault of these incarnations in a ledger that contains, or will contain, `last_seq` events.
    pub fn fault(&self, last_seq: u64) -> Option<String> {
        if self.earlier.len() > EARLIER_MAX {
            return Some(format!("{} earlier incarnations, but at most {EARLIER_MAX} are kept", self.earlier.len()));
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = self.all().find(|one| !seen.insert(*one)) {
            return Some(format!("the incarnation {twice} is listed twice"));
        }
        let beyond = self.earlier.iter().find(|one| one.shared_to > last_seq)?;
        let Earlier { incarnation, shared_to } = beyond;
        Some(format!(
            "its list claims that it shares events up to {shared_to} with its incarnation {incarnation}, but it ends \
             at {last_seq}"
        ))
    }

    fn all(&self) -> impl Iterator<Item = Incarnation> + '_ {
        self.earlier.iter().map(|one| one.incarnation).chain([self.incarnation])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Incarnation {
        name.parse().unwrap()
    }

    fn earlier(incarnation: &str, shared_to: u64) -> Earlier {
        Earlier { incarnation: named(incarnation), shared_to }
    }

    #[test]
    fn an_incarnation_is_ten_letters_of_a_to_z_and_2_to_7() {
        assert_eq!(Incarnation::of(0).to_string(), "aaaaaaaaaa");
        assert_eq!(Incarnation::of(33).to_string(), "aaaaaaaabb");
        assert_eq!(Incarnation::of(u64::MAX).to_string(), "7777777777");
        assert_eq!("talentsync".parse::<Incarnation>().unwrap().as_str(), "talentsync");
        for text in ["", "aaaaaaaaa", "aaaaaaaaaaa", "aaaaaaaaa1", "aaaaaaaaaA", "aaaaaaaa-a", "aaaaaaaaé"] {
            assert_eq!(text.parse::<Incarnation>(), Err(NoIncarnation), "{text}");
        }
        let json = serde_json::to_string(&earlier("bbbbbbbbbb", 174)).unwrap();
        assert_eq!(json, r#"{"incarnation":"bbbbbbbbbb","shared_to":174}"#);
        assert_eq!(serde_json::from_str::<Earlier>(&json).unwrap(), earlier("bbbbbbbbbb", 174));
        serde_json::from_str::<Incarnation>(r#""short""#).unwrap_err();
    }

    #[test]
    fn counting_makes_another_each_time() {
        let next = counting();
        assert_eq!([next(), next()].map(|one| one.to_string()), ["aaaaaaaaab", "aaaaaaaaac"]);
    }

    #[test]
    fn a_ledger_that_goes_on_from_an_older_backup_shares_no_more_than_that_with_any_before() {
        let first = Incarnations::first(named("aaaaaaaaaa"));
        let second = first.continued_as(named("bbbbbbbbbb"), 174);
        assert_eq!(second.earlier, [earlier("aaaaaaaaaa", 174)]);
        let third = second.continued_as(named("cccccccccc"), 200);
        assert_eq!(third.earlier, [earlier("aaaaaaaaaa", 174), earlier("bbbbbbbbbb", 200)]);
        let shorter = second.continued_as(named("dddddddddd"), 100);
        assert_eq!(shorter.earlier, [earlier("aaaaaaaaaa", 100), earlier("bbbbbbbbbb", 100)]);
        assert_eq!(third.shared_to(named("aaaaaaaaaa")), Some(174));
        assert_eq!(third.shared_to(named("cccccccccc")), None, "it is in this one");
        assert!(third.meet(&shorter) && third.meet(&first) && first.meet(&third));
        assert!(!third.meet(&Incarnations::first(named("eeeeeeeeee"))));
    }

    #[test]
    fn a_ledger_that_takes_a_copy_keeps_its_incarnation_and_knows_those_of_the_copy() {
        let copy = Incarnations::first(named("aaaaaaaaaa")).continued_as(named("bbbbbbbbbb"), 174);
        let empty = Incarnations::first(named("cccccccccc"));
        let taken = empty.with_copy(&copy, 190);
        assert_eq!(taken.incarnation, empty.incarnation);
        assert_eq!(taken.earlier, [earlier("aaaaaaaaaa", 174), earlier("bbbbbbbbbb", 190)]);
        assert_eq!(taken.with_copy(&copy, 190), taken, "taken again, nothing is new");

        // A backup of `bbbbbbbbbb` that ended at 100 is restored, then imports a copy of the ledger it was taken from.
        let restored = copy.continued_as(named("dddddddddd"), 100);
        let longer = restored.with_copy(&copy, 190);
        assert_eq!(longer.earlier, [earlier("aaaaaaaaaa", 174), earlier("bbbbbbbbbb", 190)]);
        // A ledger restored to continue under the same incarnation has nothing to add.
        assert_eq!(copy.with_copy(&copy, 190), copy);
    }

    #[test]
    fn lists_that_cannot_be_are_found_out_and_a_list_does_not_grow_for_ever() {
        let sound = Incarnations::first(named("aaaaaaaaaa")).continued_as(named("bbbbbbbbbb"), 174);
        assert_eq!(sound.fault(174), None);
        assert!(sound.fault(173).unwrap().contains("events up to 174"), "{:?}", sound.fault(173));
        let twice = Incarnations { incarnation: named("aaaaaaaaaa"), ..sound };
        assert!(twice.fault(174).unwrap().contains("twice"), "{:?}", twice.fault(174));

        let mut long = Incarnations::first(Incarnation::of(0));
        (1..=2_000).for_each(|n| long = long.continued_as(Incarnation::of(n), n));
        assert_eq!(long.earlier.len(), EARLIER_MAX);
        assert_eq!(long.earlier.last().unwrap().incarnation, Incarnation::of(1_999));
        assert_eq!(long.fault(2_000), None);
        long.earlier.push(earlier("zzzzzzzzzz", 1));
        assert!(long.fault(2_000).unwrap().contains("at most"), "{:?}", long.fault(2_000));
    }
}
