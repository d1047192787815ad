//! The path and the query of a request.

use std::fmt::{Display, Write as _};

/// What is asked for: `/v1/ledgers/acme/cycles/q2/board?as_of=412`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target(String);

impl Target {
    /// The target under `/v1` with these segments.
    pub(crate) fn of<'a>(segments: impl IntoIterator<Item = &'a str>) -> Target {
        let mut target = Target("/v1".to_owned());
        for segment in segments {
            target.0.push('/');
            target.escape(segment);
        }
        target
    }

    /// With a parameter, where it has a value.
    pub(crate) fn with(mut self, name: &str, value: Option<impl Display>) -> Target {
        if let Some(value) = value {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.0.push_str(name);
            self.0.push('=');
            self.escape(&value.to_string());
        }
        self
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything but what RFC 3986 calls unreserved is escaped, and what reads well in a query unescaped.
    fn escape(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._~:,".contains(&byte) {
                self.0.push(char::from(byte));
            } else {
                _ = write!(self.0, "%{byte:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_misread_is_escaped() {
        let target = Target::of(["ledgers", "acme", "cycles", "a/b?", "board"]);
        let target =
            target.with("as_of", Some("2026-05-05T09:00:00+02:00")).with("on", None::<&str>).with("n", Some(7));
        assert_eq!(target.as_str(), "/v1/ledgers/acme/cycles/a%2Fb%3F/board?as_of=2026-05-05T09:00:00%2B02:00&n=7");
    }
}
