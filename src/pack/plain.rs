//! Makes text written by people safe next to other text.

/// Characters without a gap that are left alone. A longer run is no word, and no line could contain it.
const RUN_MAX: usize = 40;

/// Inserts invisible break opportunities into long runs, so that the text fits any line width.
pub(super) fn breakable(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut run = 0;
    for character in text.chars() {
        run = if character.is_whitespace() { 0 } else { run + 1 };
        if run > RUN_MAX {
            broken.push('\u{200b}');
            run = 1;
        }
        broken.push(character);
    }
    broken
}

/// Shortens a text for narrow places.
pub(super) fn short(text: &str, chars_max: usize) -> String {
    let text = crate::figure::one_line(text);
    match text.char_indices().nth(chars_max) {
        None => text,
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
    }
}

/// Turns a text into part of a file name: letters, digits and dashes, shortened.
pub(super) fn for_a_file(text: &str) -> String {
    let dashed: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(NAMED_MAX).collect()
}

/// Characters of a text in a file name.
const NAMED_MAX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_with_letters_and_figures() {
        assert_eq!(for_a_file("owner Zoë / \"../x\"\r\n"), "owner-Zo-x");
        assert_eq!(for_a_file(&"é y".repeat(90)).len(), NAMED_MAX);
        assert_eq!(for_a_file("成長"), "");
    }

    #[test]
    fn only_what_no_line_could_hold_is_broken() {
        assert_eq!(breakable("a long enough word"), "a long enough word");
        assert_eq!(breakable(&"x".repeat(100)).chars().filter(|c| *c == '\u{200b}').count(), 2);
        assert_eq!(short("one two  three", 7), "one two…");
        assert_eq!(short("one two", 7), "one two");
    }
}
