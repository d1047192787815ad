//! Exact decimal numbers. Neither this module nor its users compute with floats.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use serde_json::value::RawValue;

use crate::clip::clip;
use crate::fields::Read;
use crate::json::Json;
use crate::limits::small;
use crate::place::At;
use crate::record::always;
use crate::schema::{plain, share};
use crate::violation::Faults;

/// An exact decimal of at most 28 significant digits. In JSON it is a number, never a string and never a float; in
/// binary formats it is 16 bytes. It keeps its scale: `18.0` is served as `18.0`, and equals `18`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Number(Decimal);

impl Number {
    /// 0
    pub const ZERO: Number = Number(Decimal::ZERO);
    /// 1
    pub const ONE: Number = Number(Decimal::ONE);

    /// Returns the number as a `rust_decimal` value.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Rounds half-up (away from zero) to `places` decimals and removes trailing zeros.
    pub fn rounded(self, places: u32) -> Number {
        let rounded = self.0.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        Number::from(rounded.normalize())
    }
}

impl From<Decimal> for Number {
    fn from(decimal: Decimal) -> Self {
        // Zero has no sign: "-0" and "0" are the same number.
        Number(if decimal.is_zero() { decimal.abs() } else { decimal })
    }
}

impl From<u32> for Number {
    fn from(whole: u32) -> Self {
        Number(Decimal::from(whole))
    }
}

impl FromStr for Number {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let quoted = clip(text);
        let parsed = match text.split_once(['e', 'E']) {
            // The decimal parser skips underscores, but a JSON number has none.
            _ if text.contains('_') => return Err(format!("`{quoted}` is not a decimal: remove the underscores")),
            None => Decimal::from_str_exact(text),
            // Too many digits before the exponent would be rounded silently.
            Some((digits, _)) => Decimal::from_str_exact(digits).and_then(|_| Decimal::from_scientific(text)),
        };
        parsed.map(Number::from).map_err(|_| format!("`{quoted}` is not a decimal of at most 28 digits"))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            if self.0.scale() == 0
                && let Ok(whole) = i64::try_from(self.0.mantissa())
            {
                return serializer.serialize_i64(whole);
            }
            let digits = self.0.to_string();
            let raw: &RawValue = serde_json::from_str(&digits).map_err(serde::ser::Error::custom)?;
            raw.serialize(serializer)
        } else {
            self.0.serialize().serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(Digits)?.map_err(D::Error::custom)
        } else {
            <[u8; 16]>::deserialize(deserializer).map(|bytes| Number(Decimal::deserialize(bytes)))
        }
    }
}

/// Reads a number: a whole one directly, any other by its digits. Returns a fault of the digits as a value, so that the
/// caller raises it.
struct Digits;

impl<'de> Visitor<'de> for Digits {
    type Value = Result<Number, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON number")
    }

    fn visit_u64<E>(self, whole: u64) -> Result<Self::Value, E> {
        Ok(Ok(Number::from(Decimal::from(whole))))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<Self::Value, E> {
        Ok(Ok(Number::from(Decimal::from(whole))))
    }

    fn visit_u128<E>(self, whole: u128) -> Result<Self::Value, E> {
        Ok(Number::from_str(&whole.to_string()))
    }

    fn visit_i128<E>(self, whole: i128) -> Result<Self::Value, E> {
        Ok(Number::from_str(&whole.to_string()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        let number = serde_json::Number::from_f64(value).ok_or_else(|| E::custom("not a JSON number"))?;
        Ok(Number::from_str(number.as_str()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let number = serde_json::Number::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Number::from_str(number.as_str()))
    }
}

impl Read for Number {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        match value {
            Json::Whole(whole) => Some(Number::from(Decimal::from(*whole))),
            Json::Number(digits) => Number::from_str(digits).map_err(|wrong| faults.add(at, "not_exact", wrong)).ok(),
            other => {
                faults.add(at, "wrong_type", format_args!("must be a number, not {}", other.name()));
                None
            }
        }
    }
}

always!(Number);
small!(Number);

/// Defines a [`Number`] within bounds.
macro_rules! bounded {
    ($(#[$meta:meta])* $name:ident, $rule:literal, $says:literal, $check:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "Number")]
        pub struct $name(Number);

        impl $name {
            /// Checks the bounds; fails with the reason why the value is invalid.
            pub fn new(number: Number) -> Result<Self, String> {
                let check: fn(Decimal) -> bool = $check;
                if check(number.0) { Ok($name(number)) } else { Err(format!(concat!($says, ", not {}"), number)) }
            }

            /// Returns the value as a number.
            pub fn number(self) -> Number {
                self.0
            }

            /// Returns the value as a decimal.
            pub fn decimal(self) -> Decimal {
                self.0.0
            }
        }

        impl TryFrom<Number> for $name {
            type Error = String;
            fn try_from(number: Number) -> Result<Self, String> {
                $name::new(number)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Read for $name {
            fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
                let number = Number::read(value, at, faults)?;
                $name::new(number).map_err(|wrong| faults.add(at, $rule, wrong)).ok()
            }
        }

        always!($name);
        small!($name);
    };
}

bounded!(
    /// The owner's confidence of reaching the target: a whole number from 0 to 10. It has no default.
    Confidence,
    "confidence_out_of_range",
    "confidence is a whole number from 0 to 10",
    |n| n >= Decimal::ZERO && n <= Decimal::TEN && n.fract().is_zero()
);

bounded!(
    /// A score: 0 to 1.
    Score,
    "score_out_of_range",
    "a score is a number from 0 to 1",
    |n| n >= Decimal::ZERO && n <= Decimal::ONE
);

bounded!(
    /// A share of a whole: 0 to 1.
    Share,
    "share_out_of_range",
    "a share is a number from 0 to 1",
    |n| n >= Decimal::ZERO && n <= Decimal::ONE
);

bounded!(
    /// A weight in a mean: more than 0, at most 1,000.
    Weight,
    "weight_out_of_range",
    "a weight is more than 0 and at most 1000",
    |n| n > Decimal::ZERO && n <= Decimal::ONE_THOUSAND
);

plain!(
    Number => json!({"type": "number"}),
    Confidence => json!({"type": "integer", "minimum": 0, "maximum": 10}),
    Score => share(),
    Share => share(),
    Weight => json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1_000}),
);

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn a_number_keeps_its_digits_through_json() {
        for text in ["18.0", "0.1", "-3.50", "1234567890123456789012345678", "0.0000000000000000000000000001"] {
            let json = serde_json::to_string(&number(text)).unwrap();
            assert_eq!(json, text);
            assert_eq!(serde_json::from_str::<Number>(&json).unwrap(), number(text));
        }
        assert_eq!(serde_json::to_string(&number("-0")).unwrap(), "0");
        assert_eq!(number("1.5e3"), number("1500"));
    }

    #[test]
    fn inexact_numbers_are_rejected() {
        for text in [
            "1e400",
            "1_000",
            "12345678901234567890123456789012345",
            "0.00000000000000000000000000001",
            "1.23456789012345678901234567890123e0",
            "1.5e-28",
            "1e-4294967295",
            "NaN",
            "",
        ] {
            assert!(text.parse::<Number>().is_err(), "{text}");
        }
    }

    #[test]
    fn rounding_is_half_up_and_drops_trailing_zeros() {
        assert_eq!(number("0.86665").rounded(4).to_string(), "0.8667");
        assert_eq!(number("0.800000").rounded(4).to_string(), "0.8");
        assert_eq!(number("-0.25").rounded(1).to_string(), "-0.3");
        assert_eq!(number("-0.00001").rounded(4).to_string(), "0");
    }

    #[test]
    fn confidence_is_whole_and_at_most_ten() {
        assert!(Confidence::new(number("10")).is_ok());
        for bad in ["11", "-1", "6.5"] {
            assert!(Confidence::new(number(bad)).is_err(), "{bad}");
        }
    }
}
