//! Escapes text written by people for Markdown. All Markdown output must use these functions.

use crate::figure;

/// Returns text on one line, with every character escaped that has a meaning in Markdown or HTML.
pub(crate) fn escaped(text: &str) -> String {
    signs_escaped(&figure::one_line(text))
}

fn signs_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' | '@' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Escapes text for the beginning of a line. There a dash or a number would begin a list, and a row of signs a heading
/// or a rule.
pub(crate) fn paragraph(text: &str) -> String {
    let escaped = escaped(text);
    let number = escaped.bytes().take_while(u8::is_ascii_digit).count();
    match escaped.as_bytes().get(number) {
        Some(b'.' | b')') if number > 0 => {
            let (number, rest) = escaped.split_at(number);
            format!("{number}\\{rest}")
        }
        Some(b'-' | b'+' | b'=') if number == 0 => format!("\\{escaped}"),
        _ => escaped,
    }
}

/// Escapes lines for a table cell. Blanks are kept, because they count in a sparkline.
pub(crate) fn cell(text: &str) -> String {
    text.lines().map(signs_escaped).collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_cell() {
        assert_eq!(escaped("a|b\nc <script> *x* `y`"), "a\\|b c &lt;script&gt; \\*x\\* \\`y\\`");
        assert_eq!(escaped("[a](javascript:b)"), "\\[a\\](javascript:b)");
        assert_eq!(cell("a|b\n[c](d)"), "a\\|b<br>\\[c\\](d)");
    }

    #[test]
    fn no_text_begins_a_list_a_heading_or_a_rule() {
        let begun = ["- a", "+ a", "1. a", "23) a", "=====", "---", "# a", "> a"].map(paragraph);
        assert_eq!(begun.join(" "), "\\- a \\+ a 1\\. a 23\\) a \\===== \\--- \\# a &gt; a");
        assert_eq!(["a - b", "12 days", "0.5"].map(paragraph), ["a - b", "12 days", "0\\.5"]);
    }
}
