//! Runs the program from its arguments to its exit code.

use crate::arguments::{ArgumentsError, Task, help};
use crate::config::{ConfigFile, ConfigFileError, NativeConfig};
use crate::cores::{Cores, CoresError};
use crate::dev::{self, DevError};
use crate::log;
use std::ffi::OsString;
use std::io;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use throughline_edge::Edge;
use throughline_edge::config::{BackendKind, ConfigError};

/// Runs the program with the arguments after its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = match Task::parse(arguments) {
        Ok(Task::Help) => print(&help()),
        Ok(Task::Version) => print(concat!("throughline ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Task::Serve { config }) => serve_configured(config.as_deref()),
        Ok(Task::Dev { listen, store }) => serve_dev(listen, store.as_deref()),
        Err(error) => Err(ProgramError::Arguments(error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Why the program fails. The operator, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
enum ProgramError {
    #[error("{0}; `throughline --help` lists the arguments")]
    Arguments(#[from] ArgumentsError),
    #[error(transparent)]
    ConfigFile(#[from] ConfigFileError),
    #[error("{}: {error}", path.display())]
    Config { path: PathBuf, error: ConfigError },
    #[error(
        "backend.kind = \"store\" is for `throughline dev` only; set it to \"otlp\" and backend.url to your backend"
    )]
    StoreInProduction,
    #[error(transparent)]
    Dev(#[from] DevError),
    #[error(transparent)]
    Cores(#[from] CoresError),
    #[error("cannot write to standard output: {0}")]
    Print(io::Error),
}

fn serve_configured(path: Option<&Path>) -> Result<(), ProgramError> {
    let path = path.unwrap_or_else(|| Path::new(DEFAULT_CONFIG));
    let file = ConfigFile::read(path)?;
    if file.edge.backend.kind == BackendKind::Store {
        return Err(ProgramError::StoreInProduction);
    }
    Edge::new(file.edge.clone()).map_err(|error| ProgramError::Config {
        path: path.into(),
        error,
    })?;
    let cores = Cores::listen(file.edge, &file.native, None)?;
    log::line(&format!("listening on http://{}", cores.address()));
    Ok(cores.run()?)
}

fn serve_dev(listen: SocketAddr, path: Option<&Path>) -> Result<(), ProgramError> {
    let store = dev::open(path)?;
    let native = NativeConfig {
        listen,
        // The store writes one batch at a time anyway.
        threads: Some(NonZeroUsize::MIN),
        ..NativeConfig::default()
    };
    let cores = Cores::listen(dev::config(), &native, Some(store))?;
    let address = cores.address();
    let place = path.map_or_else(|| "memory".to_owned(), |path| path.display().to_string());
    log::line(&format!(
        "viewer and OTLP on http://{address}, stored in {place}"
    ));
    if !address.ip().is_loopback() {
        log::line("anyone who reaches this address can send telemetry and read all of it");
    }
    Ok(cores.run()?)
}

fn print(text: &str) -> Result<(), ProgramError> {
    let written = io::stdout().lock().write_all(text.as_bytes());
    written.map_err(ProgramError::Print)
}

const DEFAULT_CONFIG: &str = "throughline.toml";
