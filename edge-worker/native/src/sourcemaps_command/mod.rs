//! `throughline sourcemaps`: uploads indexes of source maps from CI, looks into one, and says what is missing.

mod arguments;
mod folder;
mod inspect;
mod inspect_module;
mod modules;
mod page;
mod pairs;
mod receiver;
mod replace;
mod stamp;
mod upload;
mod verify;

use crate::host::NativeHost;
use crate::index_process::{self, IndexProcessError};
use arguments::Command;
use receiver::{Receiver, ReceiverError};
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use throughline_sourcemap::SourceMapError;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

pub(crate) use arguments::HELP;

/// Why a command fails: whoever is at fault is named, with what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SourcemapsError {
    /// The caller is at fault.
    #[error("{0}; `throughline --help` lists the arguments")]
    Arguments(#[from] arguments::SourcemapsArgumentsError),
    /// The file is not there, or may not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// As the system says it.
        error: io::Error,
    },
    /// The build made nothing that could be uploaded.
    #[error("{0}")]
    Nothing(String),
    /// Whoever made the map is at fault.
    #[error("{}: {error}", path.display())]
    Map {
        /// The map.
        path: PathBuf,
        /// Its fault.
        error: SourceMapError,
    },
    /// Whoever made script or map is at fault.
    #[error("{}: {error}", path.display())]
    Stamp {
        /// The script.
        path: PathBuf,
        /// Why it gets no id.
        error: stamp::StampError,
    },
    /// The script and its map are of two builds.
    #[error("{}: no index can be made of its source map: {reason}", path.display())]
    Index {
        /// The script.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// Whoever made the module is at fault.
    #[error("{}: {reason}", path.display())]
    Module {
        /// The module of WebAssembly.
        path: PathBuf,
        /// The fault.
        reason: String,
    },
    /// The process that makes an index fails.
    #[error(transparent)]
    IndexProcess(#[from] IndexProcessError),
    /// The address, the key, the network or the edge is at fault.
    #[error(transparent)]
    Receiver(#[from] ReceiverError),
    /// Indexes that could not be made, or that the edge has refused; standard output names each.
    #[error(
        "{failed} of {count} files are not uploaded, so that their stacks stay minified, such as {first}"
    )]
    NotUploaded {
        /// How many are not uploaded.
        failed: usize,
        /// How many there are.
        count: usize,
        /// The first of them, and its fault.
        first: String,
    },
    /// Indexes are not at the edge.
    #[error(
        "{missing} of {count} files have no index at {url}: upload it with `throughline sourcemaps upload`"
    )]
    Missing {
        /// How many are missing.
        missing: usize,
        /// How many there are.
        count: usize,
        /// The edge.
        url: String,
    },
    /// Scripts of other origins cannot be read, so nobody knows what they need.
    #[error(
        "{unread} of {count} scripts could not be read, so it is not known whether they have an index: where they are your own, let this machine read them; where they are not, leave them out with --third-party ORIGIN"
    )]
    Unread {
        /// How many were not read.
        unread: usize,
        /// How many there are.
        count: usize,
    },
    /// The machine is at fault.
    #[error("cannot start: {0}")]
    System(io::Error),
}

impl SourcemapsError {
    /// Whether the fault is of one file, so that others may still be uploaded.
    const fn is_of_one_file(&self) -> bool {
        match self {
            Self::Map { .. } | Self::Index { .. } | Self::Module { .. } => true,
            Self::Receiver(error) => error.is_of_one_file(),
            _ => false,
        }
    }
}

/// Runs a command, by the arguments after `sourcemaps`.
///
/// # Errors
/// [`SourcemapsError`].
pub(crate) fn run(arguments: Vec<OsString>) -> Result<(), SourcemapsError> {
    let command = Command::parse(arguments)?;
    if command == Command::Index {
        return Ok(index_process::serve()?);
    }
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(SourcemapsError::System)?;
    let receiver = |url| Receiver::new(NativeHost::new(None), url);
    LocalSet::new().block_on(&runtime, async {
        match command {
            Command::Upload {
                folders,
                url,
                change,
            } => upload::run(&folders, receiver(url)?, change).await,
            Command::Inspect { script, position } if folder::is_module(&script) => {
                inspect_module::run(&script, position)
            }
            Command::Inspect { script, position } => inspect::run(&script, position),
            Command::Verify {
                places,
                url,
                third_parties,
            } => verify::run(&places, &third_parties, receiver(url)?).await,
            Command::Index => Ok(()),
        }
    })
}

/// Prints a line. Where standard output is closed, nobody reads it.
fn say(line: &str) {
    let _ = writeln!(io::stdout().lock(), "{line}");
}
