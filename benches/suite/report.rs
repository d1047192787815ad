//! The report: the last results of each section, stored as JSON and displayed as Markdown.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Failed, bar};

/// The sections, in the order of the report.
pub(crate) const SECTIONS: [(&str, &str); 7] = [
    ("append", "Appending, durable, over HTTP"),
    ("history", "Large histories: rebuild, opening, memory, size"),
    ("boards", "Questions"),
    ("large", "Questions to large organisations"),
    ("pages", "Pages and board packs"),
    ("hostile", "Beside large bodies"),
    ("micro", "Codec, fold and rules, alone"),
];

/// The results of one section in one run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Section {
    /// Time, machine and command.
    pub(crate) context: Vec<String>,
    pub(crate) tables: Vec<Table>,
    /// Facts needed to read the tables.
    pub(crate) notes: Vec<String>,
    /// The figures that the bar judges, by name.
    pub(crate) figures: BTreeMap<String, f64>,
}

/// A table for display.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Table {
    pub(crate) title: String,
    pub(crate) rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates a table with these column names.
    pub(crate) fn new<T: ToString>(title: &str, columns: &[T]) -> Table {
        Table { title: title.into(), rows: vec![columns.iter().map(ToString::to_string).collect()] }
    }

    pub(crate) fn row<T: ToString>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|cell| cell.to_string()).collect());
    }
}

/// The last results of all sections.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    sections: BTreeMap<String, Section>,
}

impl Report {
    /// Reads the stored results; empty before the first run.
    pub(crate) fn read(markdown: &Path) -> Result<Report, Failed> {
        let kept = kept_beside(markdown);
        match std::fs::read(&kept) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                format!("{} cannot be read ({error}): remove it to begin anew", kept.display()).into()
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Report::default()),
            Err(error) => Err(error.into()),
        }
    }

    /// Replaces the results of a section; the others stay.
    pub(crate) fn put(&mut self, name: &str, mut section: Section) {
        // JSON has no infinities or NaN.
        section.figures.retain(|_, figure| figure.is_finite());
        self.sections.insert(name.into(), section);
    }

    /// Writes the report and the stored results.
    pub(crate) fn write(&self, markdown: &Path) -> Result<(), Failed> {
        std::fs::write(kept_beside(markdown), serde_json::to_string_pretty(self)? + "\n")?;
        Ok(std::fs::write(markdown, self.markdown())?)
    }

    fn markdown(&self) -> String {
        let figures = self.sections.values().flat_map(|section| section.figures.clone()).collect();
        let mut out = String::from(
            "# Measured\n\nWritten by `make bench`; not edited by hand. A section can be measured alone \
             (`make bench ARGS=append`): the others keep their last figures, each with its own date. Figures are \
             medians of three rounds, percentiles too.\n\n## The bar\n\n",
        );
        out += &bar::table(&figures);
        for (name, title) in SECTIONS {
            let Some(section) = self.sections.get(name) else { continue };
            out += &format!("\n## {title}\n\n");
            for line in &section.context {
                out += &format!("- {line}\n");
            }
            for table in &section.tables {
                out += &format!("\n{}\n\n", table.title);
                for (n, row) in table.rows.iter().enumerate() {
                    out += &format!("| {} |\n", row.join(" | "));
                    if n == 0 {
                        out += &format!("|---{}|\n", "|---:".repeat(row.len() - 1));
                    }
                }
            }
            if !section.notes.is_empty() {
                out += "\n";
            }
            for note in &section.notes {
                out += &format!("{note}\n");
            }
        }
        out
    }
}

fn kept_beside(markdown: &Path) -> PathBuf {
    markdown.with_extension("json")
}
