use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, aside};
use crate::pack::Format;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Laid out for a terminal.
    Table,
    /// Unchanged from HTTP.
    Json,
    Pack(Format),
}

impl FromStr for Form {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Form::Table),
            "json" => Ok(Form::Json),
            _ => text
                .parse()
                .map(Form::Pack)
                .map_err(|_| "expected one of table, json, csv, md, html, pdf, xlsx".to_owned()),
        }
    }
}

/// The output options: format and file.
#[derive(Debug, clap::Args)]
pub(crate) struct Document {
    /// Format: table, json, csv, md, html, pdf or xlsx [default: from the extension of the output file, else table]
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    format: Option<Form>,
    /// Write to this file, replacing it if it exists
    #[arg(long, short = 'o', value_name = "FILE", conflicts_with = "json")]
    output: Option<PathBuf>,
}

impl Document {
    /// Returns the chosen format, derived from the file extension if `--format` is absent.
    pub(crate) fn form(&self) -> Result<Form, Failure> {
        match (self.format, &self.output) {
            (Some(form), _) => Ok(form),
            (None, None) => Ok(Form::Table),
            (None, Some(output)) => {
                let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
                let form = if ending == "txt" { Ok(Form::Table) } else { ending.parse() };
                form.map_err(|_| {
                    let output = output.display();
                    Failure::misused(format!(
                        "the name {output} does not determine a format: set --format, or use the extension .pdf, \
                         .html, .xlsx, .csv, .md, .json or .txt"
                    ))
                })
            }
        }
    }

    /// Writes a document to the file or to stdout.
    pub(crate) fn put(&self, form: Form, body: &[u8], screen: &mut Screen) -> Result<(), Failure> {
        if let Some(output) = &self.output {
            replace(output, body)
                .map_err(|error| Failure::failed(format!("{} cannot be written: {error}", output.display())))?;
            aside(&format!("{} written, {} bytes", output.display(), body.len()));
            return Ok(());
        }
        match form {
            Form::Pack(format) if !format.is_text() && screen.is_terminal() => Err(Failure::misused(format!(
                "{format} cannot be shown on a terminal: name a file with --output, or pipe the output"
            ))),
            _ => screen.bytes(body),
        }
    }
}

/// Writes a file by renaming, so that readers never see a partial one.
fn replace(file: &Path, body: &[u8]) -> std::io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs::write(&part, body).and_then(|()| fs::rename(&part, file));
    if written.is_err() {
        _ = fs::remove_file(&part);
    }
    written
}
