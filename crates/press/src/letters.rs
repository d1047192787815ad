//! Replaces letters missing from all bundled fonts by a sign; the cover then explains the sign. Fonts for every script
//! would be larger than the rest of the program.

use std::sync::LazyLock;

use typst::foundations::{Array, Dict, Value};

use super::world::fonts;

/// The replacement for a missing letter.
const SIGN: char = '▯';

/// All letters in the fonts, sorted.
static KNOWN: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let mut known: Vec<u32> = fonts().iter().flat_map(|font| font.info().coverage.iter()).collect();
    known.sort_unstable();
    known.dedup();
    known
});

/// Returns the values with missing letters replaced, and true if any were replaced.
pub(super) fn shown(values: Dict) -> (Dict, bool) {
    let mut lacks = false;
    let values = values.into_iter().map(|(name, value)| (name, replaced(value, &mut lacks))).collect();
    (values, lacks)
}

fn replaced(value: Value, lacks: &mut bool) -> Value {
    match value {
        // Charts are text, too: their labels are letters.
        Value::Str(text) => match shown_text(text.as_str()) {
            None => Value::Str(text),
            Some(shown) => {
                *lacks = true;
                Value::Str(shown.into())
            }
        },
        Value::Array(values) => Value::Array(values.into_iter().map(|value| replaced(value, lacks)).collect::<Array>()),
        Value::Dict(values) => {
            Value::Dict(values.into_iter().map(|(name, value)| (name, replaced(value, lacks))).collect())
        }
        other => other,
    }
}

/// Returns a text with missing letters replaced, or `None` if none are missing.
fn shown_text(text: &str) -> Option<String> {
    let lacks = |c: char| !can_be_shown(c);
    text.contains(lacks).then(|| text.replace(lacks, SIGN.encode_utf8(&mut [0; 4])))
}

fn can_be_shown(letter: char) -> bool {
    letter.is_ascii() || is_invisible(letter) || KNOWN.binary_search(&letter.into()).is_ok()
}

/// Returns true for blanks, and for marks that only affect the layout of neighbouring letters.
fn is_invisible(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(letter, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use typst::foundations::{IntoValue as _, dict};

    use super::*;

    #[test]
    fn a_sign_stands_for_each_letter_that_no_font_has() {
        assert!(can_be_shown(SIGN));
        for text in ["Zürich – 45 % ≥ ¥ €", "Ελλάδα Москва שלום مرحبا", "🚀 👩\u{200d}👩\u{200d}👧"]
        {
            assert_eq!(shown_text(text), None, "{text}");
        }
        let values = dict! { "a" => "plain", "b" => vec![dict! { "c" => "成長 up" }.into_value()] };
        let (values, lacks) = shown(values);
        assert!(lacks);
        assert_eq!(
            format!("{values:?}"),
            format!("{:?}", dict! { "a" => "plain", "b" => vec![dict! { "c" => "▯▯ up" }.into_value()] })
        );
        let (same, lacks) = shown(dict! { "a" => "<svg/>", "b" => 7_i64 });
        assert!(!lacks && same.len() == 2);
    }
}
