//! The command line of the store: `throughline traces`, `errors`, `wait` and others.
//!
//! A host parses the arguments with [`Invocation::parse`], opens the place that they name, and
//! runs the command on it with [`run`].

mod arguments;
pub(crate) mod continued;
mod export;
mod follow;
mod help;
pub(crate) mod table;
mod wait;

pub use arguments::{CliArgumentsError, Command, Invocation, Place, is_command};
pub use help::{help, help_of};

use crate::query::errors::Resolve;
use crate::source::{Source, SourceError};
use form_urlencoded::Serializer;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;

/// Why a command has failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CliError {
    /// The source has no result.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// No trace of this name was whole in time.
    #[error("{0}")]
    NotInTime(String),
    /// A list is empty: its JSON is printed, or nothing.
    #[error("{0}")]
    Empty(String),
    /// A file cannot be read. Who chose it is at fault.
    #[error("cannot read {}: {}", path.display(), reason_of(error, "there is no such file; `throughline export --to FILE.zip` writes one"))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why it cannot.
        error: io::Error,
    },
    /// A file cannot be written. Who chose it is at fault.
    #[error("cannot write {}: {}", path.display(), reason_of(error, "its folder does not exist; create it, or name a file in another one"))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why it cannot.
        error: io::Error,
    },
    /// A file is no export. Who chose it is at fault.
    #[error("{}: {reason}", path.display())]
    NoExport {
        /// The file.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// No trace, no log record and no metric match.
    #[error("no trace matches, no log record and no metric: no file was written")]
    NothingToExport,
    /// The output cannot be written.
    #[error("cannot write to standard output: {0}")]
    Output(#[from] io::Error),
}

/// Runs a command on a source, and writes its result as text for a terminal, or as JSON.
///
/// `Command::Mcp` is the host's: it has the runtime that [`crate::serve_stdio`] needs.
///
/// # Errors
/// [`CliError`].
pub fn run(command: &Command, source: &dyn Source, out: &mut dyn Write) -> Result<(), CliError> {
    match command {
        Command::Query {
            query,
            parameters,
            json,
            follow: true,
        } => follow::run(source, query, parameters, *json, out),
        Command::Query {
            query,
            parameters,
            json,
            follow: false,
        } => {
            let result = continued::query(source, query, parameters)?;
            let is_of_group = |(name, _): (Cow<'_, str>, _)| name == "group";
            let is_one = query.name == "errors"
                && form_urlencoded::parse(parameters.as_bytes()).any(is_of_group);
            // One error alone has room for its stack.
            let view = if is_one { "error" } else { query.name };
            write_result(view, &result, *json, out)?;
            match table::nothing(query.name, &result) {
                Some(reason) => {
                    out.flush()?;
                    Err(CliError::Empty(reason))
                }
                None => Ok(()),
            }
        }
        Command::Wait(wait) => wait.run(source, out),
        Command::Export { parameters, to } => export::export(source, parameters, to, out),
        Command::Import { files } => {
            for file in files {
                export::import(source, file, out)?;
            }
            Ok(())
        }
        Command::Resolve { change, group } => {
            let parameters = Serializer::new(String::new())
                .append_pair("group", group)
                .finish();
            source.resolve(*change, &parameters)?;
            let state = match change {
                Resolve::Resolve => "is resolved",
                Resolve::Reopen => "is open",
            };
            writeln!(out, "error {group} {state}")?;
            Ok(())
        }
        Command::Mcp => Ok(()),
    }
}

/// Why a file cannot be used; `absent` where there is none.
fn reason_of(error: &io::Error, absent: &str) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => absent.to_owned(),
        _ => error.to_string(),
    }
}

fn write_result(
    query: &str,
    result: &Json,
    json: bool,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    match json {
        true => writeln!(out, "{}", escaped(&format!("{result:#}")))?,
        false => out.write_all(table::format(query, result).as_bytes())?,
    }
    Ok(())
}

/// JSON without the characters that a terminal obeys: it may have those beyond ASCII as they are. They
/// stand in texts alone.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        match is_obeyed(character) && character != '\n' {
            true => escaped.push_str(&format!("\\u{:04x}", u32::from(character))),
            false => escaped.push(character),
        }
    }
    escaped
}

/// Whether a terminal does something at a character and does not show it: what controls it, and what
/// turns the direction of the text that follows, up to that of the next columns.
/// <https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>
fn is_obeyed(character: char) -> bool {
    let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || character.is_control()
}
