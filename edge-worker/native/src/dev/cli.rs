//! Runs the commands that ask a store: `throughline traces`, `wait`, `mcp` and others.

use super::remote::Remote;
use crate::log;
use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use throughline_edge::host::Level;
use throughline_viewer::cli::{self, CliArgumentsError, CliError, Command, Invocation, Place};
use throughline_viewer::{Bounds, Query, Source, SourceError, Store, StoreError, serve_stdio};
use tokio::runtime::Builder;

/// Why a command fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// The caller is at fault.
    #[error("{0}. `throughline help COMMAND` describes its options")]
    Arguments(#[from] CliArgumentsError),
    /// The caller or the program that is asked.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The caller: no file, or a file that another program has open.
    #[error("cannot open the store {}: {error}", path.display())]
    Store {
        path: PathBuf,
        error: Box<StoreError>,
    },
    #[error("there is no store {}: `throughline dev --store FILE` makes one", .0.display())]
    NoStore(PathBuf),
    #[error(
        "the store {} belongs to another program: {reason}. To ask that one, leave --store out, or name its address by --from",
        path.display()
    )]
    Owned { path: PathBuf, reason: String },
    #[error(transparent)]
    Command(#[from] CliError),
    /// The client of MCP, or the machine.
    #[error("MCP on standard input and output has ended: {0}")]
    Mcp(io::Error),
}

/// Whether the program's arguments name one of these commands.
pub(crate) fn is_command(arguments: &[OsString]) -> bool {
    arguments.first().is_some_and(cli::is_command)
}

/// Runs the command of the arguments after the program's name.
pub(crate) fn run(arguments: Vec<OsString>) -> Result<(), CommandError> {
    let Invocation { command, place } = Invocation::parse(arguments)?;
    let source: Arc<dyn Source> = match place {
        Place::Running(address) => Arc::new(Remote::new(&address)?),
        Place::File(path) if !path.exists() && !matches!(command, Command::Import { .. }) => {
            return Err(CommandError::NoStore(path));
        }
        Place::File(path) => Arc::new(open(path)?),
    };
    if matches!(command, Command::Mcp) {
        warn_without_answer(&*source);
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(CommandError::Mcp)?;
        return (runtime.block_on(serve_stdio(source))).map_err(CommandError::Mcp);
    }
    match cli::run(&command, &*source, &mut io::stdout().lock()) {
        // `throughline traces | head` is no fault.
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// Opens a store in a file. Nothing in it is evicted: the program that receives into it may have
/// been given other bounds than the default ones.
fn open(path: PathBuf) -> Result<Store, CommandError> {
    let store = Store::open(&path).map_err(|error| match error {
        StoreError::Owned(reason) => CommandError::Owned { path, reason },
        error => CommandError::Store {
            path,
            error: Box::new(error),
        },
    })?;
    Ok(store.with_bounds(Bounds::NONE))
}

/// Logs that the program which tools will ask does not answer yet. It is no failure: an agent may start
/// its tools before that program, and each tool says the same.
fn warn_without_answer(source: &dyn Source) {
    let answer = Query::named("status").map(|status| source.query(status, ""));
    if let Some(Err(error)) = answer {
        let line = format!("the tools will fail until this is mended: {error}");
        log::line(Level::Warning, &line);
    }
}

/// The part of `throughline --help` about these commands.
pub(crate) fn help() -> String {
    cli::help()
}

/// The help of one of these commands.
pub(crate) fn help_of(command: &str) -> Option<String> {
    cli::help_of(command)
}
