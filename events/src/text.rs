//! Text written by people.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use smol_str::SmolStr;

use crate::fields::{Read, string};
use crate::json::Json;
use crate::limits::{Chars, Measured, NAME, TEXT};
use crate::place::At;
use crate::record::always;
use crate::schema::{self, Describe};
use crate::text_value::from_text;
use crate::violation::Faults;

/// Text of 1 to [`Text::CHARS_MAX`] characters that is not blank and contains no control characters except tab and line
/// feed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Text(SmolStr);

// Binary values were checked before this program wrote them. A board reads thousands of them, so they are not checked
// again.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.is_human_readable() {
            true => from_text(deserializer, |text| Text::new(text)),
            false => SmolStr::deserialize(deserializer).map(Text),
        }
    }
}

impl Text {
    /// The most characters accepted.
    pub const CHARS_MAX: usize = TEXT.most();

    /// Checks the text and turns CRLF into LF; fails with the reason why it is invalid.
    pub fn new(text: impl AsRef<str>) -> Result<Self, String> {
        let text = text.as_ref();
        if is_plain(text) {
            return Ok(Text(SmolStr::new(text)));
        }
        // Browsers submit the text of forms with CRLF line ends.
        let text = match text.contains("\r\n") {
            true => SmolStr::from(text.replace("\r\n", "\n")),
            false => SmolStr::new(text),
        };
        if text.trim().is_empty() {
            return Err("must not be blank".into());
        }
        let chars = text.chars().count();
        if chars > Self::CHARS_MAX {
            return Err(format!("has {chars} characters, but at most {} are allowed: shorten it", Self::CHARS_MAX));
        }
        if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(format!("contains the control character {}: remove it", control.escape_unicode()));
        }
        Ok(Text(text))
    }

    /// Checks the title of a new thing: shorter than other texts, and with at least one visible character.
    pub fn title(text: impl AsRef<str>) -> Result<Self, String> {
        let title = Text::new(text)?;
        let mut faults = Faults::none();
        title.measure(NAME, At::from(""), &mut faults);
        match faults.into_violations().pop() {
            Some(fault) => Err(fault.message),
            None => Ok(title),
        }
    }

    /// Returns true if at least one character is visible.
    pub(crate) fn is_visible(&self) -> bool {
        !self.0.chars().all(is_invisible)
    }

    /// Returns the text as a string slice.
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns true if a character leaves no mark on a page: blanks, characters that Unicode lets a renderer ignore, and
/// the empty Braille pattern.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns true if a text needs no further check. Most texts are printable ASCII, and the byte loop checks many bytes
/// at a time.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= Text::CHARS_MAX
        && bytes.iter().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'))
        && bytes.iter().any(|byte| *byte != b' ')
}

impl TryFrom<String> for Text {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Text::new(text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Read for Text {
    fn read(value: &Json<'_>, at: At<'_>, faults: &mut Faults) -> Option<Self> {
        let text = string(value, at, faults)?;
        Text::new(text).map_err(|wrong| faults.add(at, "bad_text", wrong)).ok()
    }
}

always!(Text);

impl Measured for Text {
    type Limit = Chars;

    fn measure(&self, limit: Chars, at: At<'_>, faults: &mut Faults) {
        let most = limit.most();
        // No text has more characters than bytes.
        let chars = if self.as_str().len() > most { self.as_str().chars().count() } else { 0 };
        if chars > most {
            let says = format_args!("has {chars} characters, and at most {most} are taken here: shorten it");
            faults.add(at, "text_too_long", says);
        } else if !self.is_visible() {
            faults.add(at, "bad_text", "must not be blank: none of its characters can be seen");
        }
    }
}

impl Describe for Text {
    fn schema(limit: Chars) -> serde_json::Value {
        schema::text(limit.most())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_overlong_and_control_texts_are_refused() {
        assert!(Text::new("Make the trial frictionless\n\tline two").is_ok());
        assert_eq!(Text::new("one\r\ntwo").unwrap().as_str(), "one\ntwo");
        assert!(Text::new("ぜんぶ 🎯 ok").is_ok());
        for bad in ["", "  \n", "a\u{0}b", "a\rb", &"x".repeat(Text::CHARS_MAX + 1)] {
            assert!(Text::new(bad).is_err(), "{bad:.10?} should be refused");
        }
    }
}
