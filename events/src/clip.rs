//! Clipping of other people's values in messages: the beginning of a long value, the first of many names.

use std::fmt;

/// The most characters quoted of a value.
const CHARS_MAX: usize = 80;

/// The most names listed.
const NAMES_MAX: usize = 10;

/// Returns a value for quoting in a message: in full, or its beginning and `…`.
pub fn clip(text: &str) -> Clipped<'_> {
    Clipped(text)
}

/// Returns names for listing in a message: the first ten, and the number of the others.
pub fn list_names<'a, I: IntoIterator<Item = &'a str, IntoIter: Clone>>(names: I) -> Names<I::IntoIter> {
    Names(names.into_iter())
}

/// Displays a value of at most 80 characters in full, a longer one clipped.
#[derive(Debug, Clone, Copy)]
pub struct Clipped<'a>(&'a str);

impl<'a> Clipped<'a> {
    /// Returns the quoted part, and true if that is the whole value.
    pub(crate) fn parts(self) -> (&'a str, bool) {
        match self.0.char_indices().nth(CHARS_MAX) {
            Some((end, _)) => (self.0.get(..end).unwrap_or_default(), false),
            None => (self.0, true),
        }
    }
}

impl fmt::Display for Clipped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (quoted, is_whole) = self.parts();
        f.write_str(quoted)?;
        if is_whole { Ok(()) } else { f.write_str("…") }
    }
}

/// Displays at most ten names, separated by commas, and the number of the others.
#[derive(Debug, Clone)]
pub struct Names<I>(I);

impl<'a, I: Iterator<Item = &'a str> + Clone> fmt::Display for Names<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names = self.0.clone();
        for (n, name) in names.by_ref().take(NAMES_MAX).enumerate() {
            let sign = if n == 0 { "" } else { ", " };
            write!(f, "{sign}{}", clip(name))?;
        }
        match names.count() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_value_is_quoted_by_its_first_characters() {
        assert_eq!(clip("short").to_string(), "short");
        assert_eq!(clip(&"é".repeat(80)).to_string(), "é".repeat(80));
        assert_eq!(clip(&"é".repeat(81)).to_string(), format!("{}…", "é".repeat(80)));
    }

    #[test]
    fn of_many_names_the_first_ten_are_listed() {
        let names: Vec<String> = (1..=12).map(|n| n.to_string()).collect();
        let listed = |count: usize| list_names(names.iter().take(count).map(String::as_str)).to_string();
        assert_eq!(listed(0), "");
        assert_eq!(listed(3), "1, 2, 3");
        assert_eq!(listed(10), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
        assert_eq!(listed(12), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more");
    }
}
