//! Metrics of key results, and thresholds that map values to scores.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fields::Read;
use crate::json::Json;
use crate::limits::{Items, Measured, NAME, count_fits, up_to};
use crate::number::{Number, Share, Weight};
use crate::place::At;
use crate::record::{always, record};
use crate::schema::Describe;
use crate::text::Text;
use crate::violation::Faults;

/// Defines a closed list of words, read and written as snake_case text.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $( $(#[$word_meta:meta])* $word:ident = $text:literal ),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name { $( $(#[$word_meta])* #[serde(rename = $text)] $word ),* }

        impl $name {
            /// All words, in the order of their definition.
            pub const ALL: &'static [$name] = &[$( $name::$word ),*];

            pub(crate) fn of(text: &str) -> Option<$name> {
                match text { $( $text => Some($name::$word), )* _ => None }
            }

            /// Returns the message for a text that is none of the words.
            pub(crate) fn unknown(text: &str) -> impl std::fmt::Display {
                std::fmt::from_fn(move |f| {
                    let known = $name::ALL.iter().map(|word| word.as_str());
                    write!(f, "`{}` is not one of {}", $crate::clip(text), $crate::list_names(known))
                })
            }

            /// Returns the word in its written form.
            pub fn as_str(self) -> &'static str {
                match self { $( $name::$word => $text ),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                $name::of(text).ok_or_else(|| $name::unknown(text).to_string())
            }
        }

        impl $crate::schema::Describe for $name {
            fn schema((): ()) -> serde_json::Value {
                let words: Vec<&str> = $name::ALL.iter().map(|word| word.as_str()).collect();
                serde_json::json!({"enum": words})
            }
        }

        impl $crate::fields::Read for $name {
            fn read(value: &$crate::Json<'_>, at: $crate::At<'_>, faults: &mut $crate::Faults) -> Option<Self> {
                let text = $crate::fields::string(value, at, faults)?;
                let word = $name::of(text);
                if word.is_none() {
                    faults.add(at, "unknown_word", $name::unknown(text));
                }
                word
            }
        }

        $crate::record::always!($name);
        $crate::limits::small!($name);
    };
}
pub(crate) use words;

words!(
    /// The direction in which a metric is meant to move.
    MetricKind {
        /// From the baseline up to the target.
        Increase = "increase",
        /// From the baseline down to the target.
        Decrease = "decrease",
        /// To be held at or above the target.
        AtLeast = "at_least",
        /// To be held at or below the target.
        AtMost = "at_most",
        /// A list of milestones, done or not.
        Milestones = "milestones",
    }
);

/// The most milestones of a metric and of a check-in.
pub(crate) const MILESTONES_MAX: usize = 100;

record! {
    /// A milestone of a key result.
    pub struct Milestone {
        /// Unique within the metric.
        need name: Text [NAME],
        /// Relative to the other milestones; absent means 1.
        may weight: Weight,
    }
}

record! {
    /// The metric of a key result.
    pub struct Metric {
        /// Such as `trial-to-paid conversion`.
        need name: Text [NAME],
        /// Such as `%` or `days`.
        may unit: Text [NAME],
        /// The direction in which it is meant to move.
        need kind: MetricKind,
        /// Required for the kind `milestones`, not allowed for others.
        #[serde(default)]
        list milestones: Milestone [up_to(MILESTONES_MAX, ())],
    }
    check(this, at, faults) {
        let wants = this.kind == MetricKind::Milestones;
        if wants && this.milestones.is_empty() {
            faults.add(at.field("milestones"), "required", "a metric of kind milestones needs at least one milestone");
        }
        if !wants && !this.milestones.is_empty() {
            let says = "only a metric of kind milestones has milestones: leave them out";
            faults.add(at.field("milestones"), "out_of_place", says);
        }
        let mut names = BTreeSet::new();
        for (n, milestone) in this.milestones.iter().enumerate() {
            if !names.insert(&milestone.name) {
                let says = "another milestone has this name: each needs its own";
                faults.add(at.field("milestones").item(n).field("name"), "repeated", says);
            }
        }
    }
}

always!(Metric);

/// Values and the scores they earn: at least one pair, such as `{"0.3": 5, "0.7": 15, "1.0": 25}`.
/// Scores ascend within 0–1; values rise or fall strictly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds(BTreeMap<Share, Number>);

impl Thresholds {
    /// Checks the pairs; fails with the reason why they are invalid.
    pub fn new(points: BTreeMap<Share, Number>) -> Result<Self, String> {
        if points.is_empty() {
            return Err("state at least one score and the value that earns it".into());
        }
        let values: Vec<Decimal> = points.values().map(|value| value.decimal()).collect();
        if values.is_sorted_by(|a, b| a < b) || values.is_sorted_by(|a, b| a > b) {
            Ok(Thresholds(points))
        } else {
            Err("as the scores rise, the values must either rise or fall throughout".into())
        }
    }

    /// Returns the pairs of score and value, by rising score.
    pub fn points(&self) -> impl DoubleEndedIterator<Item = (Share, Number)> + '_ {
        self.0.iter().map(|(score, value)| (*score, *value))
    }

    /// Returns the value that earns a full score, if it is stated.
    pub fn full(&self) -> Option<Number> {
        self.0.last_key_value().filter(|(score, _)| score.decimal() == Decimal::ONE).map(|(_, value)| *value)
    }
}

impl Serialize for Thresholds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_map(self.0.iter().map(|(score, value)| (score.to_string(), value)))
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Thresholds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let points = if deserializer.is_human_readable() {
            let mut points = BTreeMap::new();
            for (score, value) in BTreeMap::<String, Number>::deserialize(deserializer)? {
                let score = score.parse().and_then(Share::new).map_err(Error::custom)?;
                points.insert(score, value);
            }
            points
        } else {
            BTreeMap::deserialize(deserializer)?
        };
        Thresholds::new(points).map_err(Error::custom)
    }
}

impl Read for Thresholds {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Object(object) = value else {
            faults.add(
                at,
                "wrong_type",
                format_args!("must be an object such as {{\"0.7\": 15}}, not {}", value.name()),
            );
            return None;
        };
        let before = faults.len();
        let mut points = BTreeMap::new();
        for (score, value) in object.sorted() {
            let at = at.field(score);
            let value = Number::read(value, at, faults);
            match score.parse().and_then(Share::new) {
                Err(wrong) => faults.add(at, "bad_thresholds", wrong),
                Ok(share) if points.contains_key(&share) => {
                    faults.add(at, "bad_thresholds", "this score appears twice");
                }
                Ok(share) => points.extend(value.map(|value| (share, value))),
            }
        }
        if faults.len() > before {
            return None;
        }
        Thresholds::new(points).map_err(|wrong| faults.add(at, "bad_thresholds", wrong)).ok()
    }
}

always!(Thresholds);

impl Describe for Thresholds {
    fn schema(limit: Items<()>) -> serde_json::Value {
        let number = Number::schema(());
        serde_json::json!({"type": "object", "minProperties": 1, "maxProperties": limit.most(), "additionalProperties": number})
    }
}

impl Measured for Thresholds {
    type Limit = Items<()>;

    fn measure(&self, limit: Items<()>, at: At<'_>, faults: &mut Faults) {
        count_fits(self.0.len(), limit.most(), at, faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(value: Value) -> Result<Thresholds, Vec<String>> {
        let mut faults = Faults::none();
        Thresholds::read(&Json::from(&value), At::from(""), &mut faults)
            .ok_or_else(|| faults.into_violations().into_iter().map(|fault| fault.pointer).collect())
    }

    #[test]
    fn thresholds_ascend_in_score_and_move_one_way_in_value() {
        assert!(read(json!({"0.3": 5, "0.7": 15, "1.0": 25})).is_ok());
        assert!(read(json!({"1": 4, "0.5": 8})).is_ok());
        assert_eq!(read(json!({"0.3": 5, "0.7": 5})), Err(vec!["".into()]));
        assert_eq!(read(json!({"1.2": 5, "x": 1, "0.5": "a"})), Err(vec!["/0.5".into(), "/1.2".into(), "/x".into()]));
        assert_eq!(read(json!({})), Err(vec!["".into()]));
    }

    #[test]
    fn thresholds_come_back_the_same() {
        let thresholds = read(json!({"0.3": 5, "0.7": 15.5, "1.0": 25})).unwrap();
        let json = serde_json::to_string(&thresholds).unwrap();
        assert_eq!(json, r#"{"0.3":5,"0.7":15.5,"1.0":25}"#);
        assert_eq!(serde_json::from_str::<Thresholds>(&json).unwrap(), thresholds);
    }
}
