//! The only module that writes to stdout.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};

use projections::ask::Standing;

use super::failure::Failure;
use crate::{figure, markdown};

/// Columns when stdout is no terminal.
const WIDTH_ELSEWHERE: u16 = 120;

/// On narrower terminals lines wrap, because tables need this much room.
const WIDTH_MIN: u16 = 80;

/// Layout of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Columns.
    pub(crate) width: u16,
    pub(crate) is_colourful: bool,
}

/// The width that marks Markdown, where lines are never broken to fit.
const WIDTH_MARKDOWN: u16 = u16::MAX;

impl Style {
    /// Markdown, for a document.
    pub(crate) const MARKDOWN: Style = Style { width: WIDTH_MARKDOWN, is_colourful: false };

    pub(crate) fn is_markdown(self) -> bool {
        self.width == WIDTH_MARKDOWN
    }

    /// Returns a text of the ledger on one line, for use within a line.
    pub(crate) fn text(self, text: &str) -> String {
        if self.is_markdown() { markdown::escaped(text) } else { figure::one_line(text) }
    }

    /// Returns a text of the ledger on one line, for use at the beginning of a line.
    pub(crate) fn paragraph(self, text: &str) -> String {
        if self.is_markdown() { markdown::paragraph(text) } else { figure::one_line(text) }
    }

    /// Returns a heading; its level applies to Markdown only.
    pub(crate) fn heading(self, level: usize, text: &str) -> String {
        if self.is_markdown() { format!("{} {}", "#".repeat(level), markdown::escaped(text)) } else { self.bold(text) }
    }

    /// Returns emphasised text.
    pub(crate) fn bold(self, text: &str) -> String {
        match (self.is_markdown(), self.is_colourful) {
            (true, _) => format!("**{}**", markdown::escaped(text)),
            (_, true) => format!("\u{1b}[1m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }

    /// Returns text in one of a terminal's eight colours.
    fn coloured(self, number: u8, text: &str) -> String {
        if self.is_colourful { format!("\u{1b}[3{number}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Returns a text in the colour of a status.
    pub(crate) fn status(self, status: Standing, text: &str) -> String {
        match status {
            Standing::OnTrack => self.coloured(2, text),
            Standing::AtRisk => self.coloured(3, text),
            Standing::Behind => self.coloured(1, text),
            Standing::Unknown => text.to_owned(),
        }
    }

    /// Returns highlighted text.
    pub(crate) fn marked(self, text: &str) -> String {
        self.coloured(6, text)
    }

    /// Returns de-emphasised text.
    pub(crate) fn dim(self, text: &str) -> String {
        match (self.is_markdown(), self.is_colourful) {
            (true, _) => markdown::paragraph(text),
            (_, true) => format!("\u{1b}[2m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }
}

/// The output of a command. On a terminal it removes characters that the terminal would act on, because texts come from
/// users and from other servers.
pub(crate) struct Screen {
    out: Box<dyn Write>,
    style: Style,
    is_terminal: bool,
    /// The first bytes of an incomplete UTF-8 character.
    begun: Vec<u8>,
}

impl Screen {
    /// Returns a screen for stdout.
    pub(crate) fn stdout() -> Screen {
        let is_terminal = io::stdout().is_terminal();
        let width = comfy_table::Table::new().width().unwrap_or(WIDTH_ELSEWHERE).max(WIDTH_MIN);
        let is_colourful = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        Screen { out: Box::new(io::stdout()), style: Style { width, is_colourful }, is_terminal, begun: Vec::new() }
    }

    pub(crate) fn style(&self) -> Style {
        self.style
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Sets the number of columns for the following text.
    pub(crate) fn lay_out_in(&mut self, width: u16) {
        self.style.width = width;
    }

    /// Clears the terminal and writes the text.
    pub(crate) fn redraw(&mut self, text: &str) -> Result<(), Failure> {
        self.out.write_all(b"\x1b[H\x1b[2J").map_err(|error| unwritten(&error))?;
        self.bytes(printable_styled(text).as_bytes())
    }

    /// Writes one line, or several.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(printable_styled(text).as_bytes())?;
        self.bytes(b"\n")
    }

    /// Writes bytes, unchanged unless stdout is a terminal.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.write_all(bytes).and_then(|()| self.out.flush()).map_err(|error| unwritten(&error))
    }

    /// Writes a JSON document. On a terminal, control characters are escaped, which keeps the document equal.
    pub(crate) fn json(&mut self, body: &[u8]) -> Result<(), Failure> {
        match std::str::from_utf8(body) {
            Ok(text) if self.is_terminal && text.contains(is_acted_on) => self.bytes(escaped(text).as_bytes()),
            _ => self.bytes(body),
        }
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_terminal {
            return self.out.write(bytes);
        }
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.begun.len(),
        };
        let rest = self.begun.split_off(whole);
        let text = std::mem::replace(&mut self.begun, rest);
        self.out.write_all(printable_styled(&String::from_utf8_lossy(&text)).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Returns true for characters that a terminal acts on: control characters (C0, DEL, C1) except the tab and the line
/// break, and those that change the writing direction.
fn is_acted_on(character: char) -> bool {
    (character.is_control() && !matches!(character, '\n' | '\t'))
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns text without characters that a terminal acts on.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if text.contains(is_acted_on) { text.replace(is_acted_on, "").into() } else { text.into() }
}

/// Like `printable` for laid-out text: keeps sequences that set colours and weights, and nothing else.
fn printable_styled(text: &str) -> Cow<'_, str> {
    if !text.contains(is_acted_on) {
        return text.into();
    }
    let mut printable = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_acted_on) {
        let (before, from) = rest.split_at(at);
        printable.push_str(before);
        let style = style_of(from);
        printable.push_str(style);
        let acted_on = from.chars().next().map_or(0, char::len_utf8);
        rest = from.get(style.len().max(acted_on)..).unwrap_or_default();
    }
    printable.push_str(rest);
    printable.into()
}

/// Returns the sequence at the beginning of a text that sets colours and weights (SGR), or an empty string.
fn style_of(text: &str) -> &str {
    let numbers = text.strip_prefix("\u{1b}[").unwrap_or_default();
    let end = numbers.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b';').count();
    if numbers.as_bytes().get(end) == Some(&b'm') { text.get(..end + 3).unwrap_or_default() } else { "" }
}

/// Escapes control characters in JSON. Valid JSON has them in strings only, so an escape is correct everywhere.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        match character {
            '\r' => escaped.push(character),
            _ if is_acted_on(character) => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Converts a write error. A closed pipe is no error to report.
pub(crate) fn unwritten(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::failed(format!("the output cannot be written: {error}")),
    }
}

/// Writes a notice to stderr, so that piped output stays clean.
pub(crate) fn aside(text: &str) {
    // A closed stderr is no reason to fail.
    _ = writeln!(io::stderr(), "{}", printable(text));
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shown(Rc<RefCell<Vec<u8>>>);

    impl Write for Shown {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(is_terminal: bool, write: impl FnOnce(&mut Screen)) -> String {
        let out = Shown::default();
        let style = Style { width: 80, is_colourful: true };
        write(&mut Screen { out: Box::new(out.clone()), style, is_terminal, begun: Vec::new() });
        String::from_utf8(out.0.take()).unwrap()
    }

    const HOSTILE: &str = "a\u{1b}]0;title\u{7}b\u{1b}[2Jc\u{9b}31md\u{202e}e\rf\u{7f}\tg\n";

    #[test]
    fn what_people_wrote_does_nothing_to_a_terminal_and_colours_are_let_through() {
        assert_eq!(printable(HOSTILE), "a]0;titleb[2Jc31mdef\tg\n");
        let styled = format!("\u{1b}[1m{HOSTILE}\u{1b}[0m \u{1b}[38;5;10mx\u{1b}[39m\u{1b}[");
        let kept = "\u{1b}[1ma]0;titleb[2Jc31mdef\tg\n\u{1b}[0m \u{1b}[38;5;10mx\u{1b}[39m[";
        assert_eq!(printable_styled(&styled), kept);
        for is_terminal in [true, false] {
            assert_eq!(shown(is_terminal, |screen| screen.line(&styled).unwrap()), format!("{kept}\n"));
        }
    }

    #[test]
    fn bytes_are_kept_for_programs_and_cleaned_for_people() {
        assert_eq!(shown(false, |screen| screen.bytes(HOSTILE.as_bytes()).unwrap()), HOSTILE);
        assert_eq!(shown(true, |screen| screen.bytes(HOSTILE.as_bytes()).unwrap()), printable(HOSTILE));
        // A character split into two writes is recognised too.
        let parts = "Zoë\u{9b}1m".as_bytes().chunks(1);
        assert_eq!(shown(true, |screen| parts.for_each(|part| screen.write_all(part).unwrap())), "Zoë1m");
    }

    #[test]
    fn json_is_the_same_document_on_a_terminal() {
        let json = "{\"a\": \"x\u{9b}y\u{202e}\"}\r\n";
        assert_eq!(shown(false, |screen| screen.json(json.as_bytes()).unwrap()), json);
        let escaped = shown(true, |screen| screen.json(json.as_bytes()).unwrap());
        assert!(!escaped.contains(is_acted_on), "{escaped:?}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&escaped), read(json));
    }
}
