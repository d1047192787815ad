//! Builds the path and the query of a request.

use std::fmt::{Display, Write as _};

/// A path and query: `/v1/ledgers/acme/cycles/q2/board?as_of=412`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target(String);

impl Target {
    /// Returns the target under `/v1` with these segments.
    pub(crate) fn of<'a>(segments: impl IntoIterator<Item = &'a str>) -> Target {
        let mut target = Target("/v1".to_owned());
        for segment in segments {
            target.0.push('/');
            target.escape(segment);
        }
        target
    }

    /// Adds a parameter if it has a value.
    pub(crate) fn with(mut self, name: &str, value: Option<impl Display>) -> Target {
        if let Some(value) = value {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.0.push_str(name);
            self.0.push('=');
            self.escape(&value.to_string());
        }
        self
    }

    /// Replaces a parameter, or adds it, if it has a value.
    pub(crate) fn set(mut self, name: &str, value: Option<impl Display>) -> Target {
        if value.is_some()
            && let Some((path, query)) = self.0.split_once('?')
        {
            let is_other = |part: &&str| part.split_once('=').is_none_or(|(known, _)| known != name);
            let kept = query.split('&').filter(is_other).collect::<Vec<_>>().join("&");
            self.0 = if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") };
        }
        self.with(name, value)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends text percent-encoded, except for characters that RFC 3986 calls unreserved and `:` and `,`, which are
    /// legal in a query and read better.
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

    #[test]
    fn a_parameter_is_named_once() {
        let target = Target::of(["events"]).with("after", Some(3)).with("limit", Some(5)).set("after", Some(9));
        assert_eq!(target.as_str(), "/v1/events?limit=5&after=9");
        let target = target.set("limit", None::<u64>).set("limit", Some(1)).set("after", Some("x"));
        assert_eq!(target.as_str(), "/v1/events?limit=1&after=x");
        assert_eq!(Target::of(["events"]).set("after", Some(2)).set("after", Some(3)).as_str(), "/v1/events?after=3");
    }
}
