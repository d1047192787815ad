//! Text that people wrote, in Markdown: the one place that keeps it text. Everything that writes Markdown goes through here.

use crate::figure;

/// Text in one line in which no character means anything to Markdown or HTML.
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

/// The same at the beginning of a line, where a dash or a number would make a list of it, and a row of signs a heading or a rule.
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

/// Lines that stay in a cell of a table. Blanks within them are kept: those of a line of bars count.
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
