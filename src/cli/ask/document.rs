use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::cli::failure::Failure;
use crate::cli::screen::{Screen, aside};
use crate::pack::Format;

/// What an answer is wanted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Laid out for a terminal.
    Table,
    /// As it comes over HTTP.
    Json,
    /// A board pack.
    Pack(Format),
}

impl FromStr for Form {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "table" => Ok(Form::Table),
            "json" => Ok(Form::Json),
            _ => {
                text.parse().map(Form::Pack).map_err(|_| "say one of table, json, csv, md, html, pdf, xlsx".to_owned())
            }
        }
    }
}

/// In which form, and where to.
#[derive(Debug, clap::Args)]
pub(crate) struct Document {
    /// As what: table, json, csv, md, html, pdf or xlsx [default: as the output's name ends, else table]
    #[arg(long, value_name = "FORMAT", conflicts_with = "json")]
    format: Option<Form>,
    /// Write it into a file, which is replaced if it is there
    #[arg(long, short = 'o', value_name = "FILE", conflicts_with = "json")]
    output: Option<PathBuf>,
}

impl Document {
    /// The form that is wanted.
    pub(crate) fn form(&self) -> Result<Form, Failure> {
        match (self.format, &self.output) {
            (Some(form), _) => Ok(form),
            (None, None) => Ok(Form::Table),
            (None, Some(output)) => {
                let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
                let form = if ending == "txt" { Ok(Form::Table) } else { ending.parse() };
                form.map_err(|_| {
                    let output = output.display();
                    Failure::misused(format!("what is {output} to be? Say it with --format, or let it end in .pdf, .html, .xlsx, .csv, .md, .json or .txt"))
                })
            }
        }
    }

    /// Puts a document where it is wanted.
    pub(crate) fn put(&self, form: Form, body: &[u8], screen: &mut Screen) -> Result<(), Failure> {
        if let Some(output) = &self.output {
            replace(output, body)
                .map_err(|error| Failure::failed(format!("{} cannot be written: {error}", output.display())))?;
            aside(&format!("{} written, {} bytes", output.display(), body.len()));
            return Ok(());
        }
        match form {
            Form::Pack(format) if !format.is_text() && screen.is_terminal() => Err(Failure::misused(format!(
                "{format} is nothing for a terminal: name a file with --output, or pipe it on"
            ))),
            _ => screen.bytes(body),
        }
    }
}

/// Writes a file so that nobody ever finds half of it.
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
