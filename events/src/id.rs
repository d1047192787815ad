//! Ids of ledgers, subjects and events, and the short refs that a ledger assigns.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use crate::clip::clip;
use crate::fields::{Read, string};
use crate::json::Json;
use crate::limits::small;
use crate::place::At;
use crate::record::always;
use crate::schema::{event_id, plain, subject_id};
use crate::text_value::from_text;
use crate::violation::Faults;

macro_rules! name {
    ($(#[$meta:meta])* $name:ident, $rule:literal, $parse:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub struct $name(SmolStr);

        // As with `Text`, binary values were checked before this program wrote them.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match deserializer.is_human_readable() {
                    true => from_text(deserializer, |text| $name::new(text)),
                    false => SmolStr::deserialize(deserializer).map($name),
                }
            }
        }

        impl $name {
            /// Checks the name; fails with the reason why it is invalid.
            pub fn new(text: impl AsRef<str>) -> Result<Self, String> {
                let text = text.as_ref();
                let check: fn(&str) -> Result<(), String> = $parse;
                check(text).map(|()| $name(SmolStr::new(text)))
            }

            /// Returns the name as text.
            #[inline]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                $name::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Read for $name {
            fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
                let text = string(value, at, faults)?;
                $name::new(text).map_err(|wrong| faults.add(at, $rule, wrong)).ok()
            }
        }

        always!($name);
        small!($name);
    };
}

name!(
    /// The id of the thing that an event is about: 1 to 64 characters of `A-Z a-z 0-9 . _ -`, chosen by the client.
    SubjectId,
    "bad_id",
    |text| {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-');
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(())
        } else {
            Err("an id has 1 to 64 characters of A-Z a-z 0-9 . _ -".into())
        }
    }
);

name!(
    /// A ledger's slug: 1 to 64 characters of `a-z 0-9 . _ -`, beginning with a letter or digit.
    LedgerSlug,
    "bad_slug",
    |text| {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let allowed = |c: char| plain(c) || matches!(c, '.' | '_' | '-');
        if (1..=64).contains(&text.len()) && text.starts_with(plain) && text.chars().all(allowed) {
            Ok(())
        } else {
            Err("a ledger's slug has 1 to 64 characters of a-z 0-9 . _ - and begins with a letter or a digit".into())
        }
    }
);

name!(
    /// An event's id, the retry key that is never reused: 1 to 256 characters without blanks or control characters.
    EventId,
    "bad_event_id",
    |text| {
        // Nearly every id is printable ASCII, which is checked byte by byte.
        if (1..=256).contains(&text.len()) && text.bytes().fold(true, |plain, byte| plain & matches!(byte, b'!'..=b'~')) {
            return Ok(());
        }
        if (1..=256).contains(&text.chars().count()) && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            Ok(())
        } else {
            Err("an event's id has 1 to 256 characters, without blanks or control characters".into())
        }
    }
);

plain!(SubjectId => subject_id(), EventId => event_id());

impl EventId {
    /// Returns the id of the event that the ledger records for an approval with this id. It depends on nothing else, so
    /// that it is the same in a retry and in every copy. Fails if it would be too long.
    pub fn of_outcome(&self) -> Result<EventId, String> {
        EventId::new(format!("{self}#recorded"))
    }
}

/// The kind of goal that a ref names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RefKind {
    /// `O-3`
    Objective,
    /// `KR-12`
    KeyResult,
}

/// The short name that a ledger assigns to an objective (`O-3`) or a key result (`KR-12`) when it is drafted. Never
/// reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ref {
    /// The prefix: `O` or `KR`.
    pub kind: RefKind,
    /// Counted from 1 in the ledger, separately for each kind.
    pub number: u32,
}

impl Ref {
    /// Returns the ref of the `number`th objective.
    pub fn objective(number: u32) -> Self {
        Ref { kind: RefKind::Objective, number }
    }

    /// Returns the ref of the `number`th key result.
    pub fn key_result(number: u32) -> Self {
        Ref { kind: RefKind::KeyResult, number }
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.kind {
            RefKind::Objective => "O",
            RefKind::KeyResult => "KR",
        };
        write!(f, "{prefix}-{}", self.number)
    }
}

impl FromStr for Ref {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, digits) = match (text.strip_prefix("O-"), text.strip_prefix("KR-")) {
            (Some(digits), _) => (RefKind::Objective, digits),
            (_, Some(digits)) => (RefKind::KeyResult, digits),
            _ => return Err(format!("`{}` is not a ref such as O-3 or KR-12", clip(text))),
        };
        let number: u32 = digits.parse().map_err(|_| format!("`{}` is not a ref such as O-3 or KR-12", clip(text)))?;
        // One spelling only: "O-03" and "O-+3" are ids, not refs.
        let found = Ref { kind, number };
        if number > 0 && found.to_string() == text { Ok(found) } else { Err(format!("`{}` is not a ref", clip(text))) }
    }
}

impl TryFrom<String> for Ref {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl Serialize for Ref {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        from_text(deserializer, str::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_to_its_alphabet_and_length() {
        for good in ["kr-trial-paid", "A.b_C-9", &"x".repeat(64)] {
            assert!(SubjectId::new(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "é", "a/b", &"x".repeat(65)] {
            assert!(SubjectId::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_ref_has_one_spelling() {
        assert_eq!("KR-12".parse(), Ok(Ref::key_result(12)));
        assert_eq!("O-3".parse(), Ok(Ref::objective(3)));
        for bad in ["O-0", "O-03", "KR-+1", "kr-1", "O-", "KR-99999999999"] {
            assert!(bad.parse::<Ref>().is_err(), "{bad}");
        }
    }
}
