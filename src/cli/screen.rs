//! The one place that writes to stdout.

use std::io::{self, IsTerminal as _, Write};

use projections::ask::Standing;

use super::failure::Failure;

/// The width of what is not written to a terminal.
const WIDTH_ELSEWHERE: u16 = 120;

/// Narrower terminals get lines that wrap: tables need some room.
const WIDTH_MIN: u16 = 80;

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Columns.
    pub(crate) width: u16,
    /// Whether colours are welcome.
    pub(crate) is_colourful: bool,
}

/// The width of Markdown: nothing in it is broken to fit.
const WIDTH_MARKDOWN: u16 = u16::MAX;

impl Style {
    /// Markdown, for a document.
    pub(crate) const MARKDOWN: Style = Style { width: WIDTH_MARKDOWN, is_colourful: false };

    /// Whether it is laid out as Markdown.
    pub(crate) fn is_markdown(self) -> bool {
        self.width == WIDTH_MARKDOWN
    }

    /// A heading of this level, where there are headings.
    pub(crate) fn heading(self, level: usize, text: &str) -> String {
        if self.is_markdown() { format!("{} {text}", "#".repeat(level)) } else { self.bold(text) }
    }

    /// Text that is set apart.
    pub(crate) fn bold(self, text: &str) -> String {
        match (self.is_markdown(), self.is_colourful) {
            (true, _) => format!("**{text}**"),
            (_, true) => format!("\u{1b}[1m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }

    /// Text in one of the eight colours of a terminal, by its number.
    fn coloured(self, number: u8, text: &str) -> String {
        if self.is_colourful { format!("\u{1b}[3{number}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A status, coloured by what it means.
    pub(crate) fn status(self, status: Standing, text: &str) -> String {
        match status {
            Standing::OnTrack => self.coloured(2, text),
            Standing::AtRisk => self.coloured(3, text),
            Standing::Behind => self.coloured(1, text),
            Standing::Unknown => text.to_owned(),
        }
    }

    /// Text that is to be noticed.
    pub(crate) fn marked(self, text: &str) -> String {
        self.coloured(6, text)
    }

    /// Text that steps back.
    pub(crate) fn dim(self, text: &str) -> String {
        if self.is_colourful { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Where a command's answer goes.
pub(crate) struct Screen {
    out: Box<dyn Write>,
    style: Style,
    is_terminal: bool,
}

impl Screen {
    /// The terminal, or wherever stdout leads.
    pub(crate) fn stdout() -> Screen {
        let is_terminal = io::stdout().is_terminal();
        let width = comfy_table::Table::new().width().unwrap_or(WIDTH_ELSEWHERE).max(WIDTH_MIN);
        let is_colourful = is_terminal && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty());
        Screen { out: Box::new(io::stdout()), style: Style { width, is_colourful }, is_terminal }
    }

    /// How text is laid out here.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// Whether somebody looks at it, rather than another program.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Lays out what follows in so many columns.
    pub(crate) fn lay_out_in(&mut self, width: u16) {
        self.style.width = width;
    }

    /// Writes in the place of all that a terminal shows.
    pub(crate) fn afresh(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(format!("\u{1b}[H\u{1b}[2J{text}").as_bytes())
    }

    /// Writes a line, or several.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.bytes(text.as_bytes())?;
        self.bytes(b"\n")
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.out.write_all(bytes).and_then(|()| self.out.flush()).map_err(|error| unwritten(&error))
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Says what it means that output could not be written.
pub(crate) fn unwritten(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::Unread,
        _ => Failure::failed(format!("the output cannot be written: {error}")),
    }
}

/// Says something beside the answer: on stderr, where it stays out of what is piped on.
pub(crate) fn aside(text: &str) {
    // Somebody who closed stderr does not want to know.
    _ = writeln!(io::stderr(), "{text}");
}
