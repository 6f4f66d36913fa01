//! Runs the program from its arguments to its exit code.

use crate::account::{self, AccountError};
use crate::arguments::{AccountFormat, ArgumentsError, Task, help, help_of};
use crate::config::{ConfigFile, ConfigFileError, GrpcConfig, NativeConfig};
use crate::cores::{Cores, CoresError};
use crate::dev::cli::{self, CommandError};
use crate::dev::{self, DevError};
use crate::kafka::{Kafka, KafkaError};
use crate::listen::Listen;
use crate::log;
use crate::reload::Reload;
use crate::sourcemaps_command::{self, SourcemapsError};
use crate::store_bounds::StoreBounds;
use crate::tls::CertificateFiles;
use std::ffi::OsString;
use std::io;
use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;
use throughline_edge::Config;
use throughline_edge::host::Level;
use throughline_edge::script::{self, PageScript};

/// Runs the program with the arguments after its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    if arguments.first().is_some_and(|first| first == "help") {
        return exit_code(print_help(arguments.get(1)));
    }
    let asks_for_help = |argument: &OsString| argument == "--help" || argument == "-h";
    let has_own_help = |command: &OsString| help_of(command).is_some();
    if arguments.first().is_some_and(has_own_help) && arguments.iter().any(asks_for_help) {
        return exit_code(print_help(arguments.first()));
    }
    if cli::is_command(&arguments) {
        return exit_code(cli::run(arguments).map_err(ProgramError::Command));
    }
    exit_code(match Task::parse(arguments) {
        Ok(Task::Help) => print(&help()),
        Ok(Task::Version) => print(concat!("throughline ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Task::Serve { config }) => serve_configured(config.as_deref()),
        Ok(Task::Check { config }) => check(config.as_deref()),
        Ok(Task::Account { config, format }) => account(config.as_deref(), format),
        Ok(Task::Sourcemaps { arguments }) => {
            sourcemaps_command::run(arguments).map_err(Into::into)
        }
        Ok(Task::Dev {
            listen,
            grpc,
            store,
            bounds,
        }) => serve_dev(listen, grpc, store.as_deref(), bounds),
        Err(error) => Err(ProgramError::Arguments(error)),
    })
}

fn exit_code(done: Result<(), ProgramError>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::line(Level::Error, &error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Why the program fails. The operator, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
enum ProgramError {
    #[error("{0}; `throughline --help` lists the arguments")]
    Arguments(#[from] ArgumentsError),
    /// A command that there is not.
    #[error("no command {0:?}; `throughline help` lists them")]
    NoCommand(OsString),
    #[error(transparent)]
    ConfigFile(#[from] ConfigFileError),
    #[error(transparent)]
    Dev(#[from] DevError),
    #[error(transparent)]
    Command(CommandError),
    #[error(transparent)]
    Kafka(#[from] KafkaError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Sourcemaps(#[from] SourcemapsError),
    #[error(transparent)]
    Cores(#[from] CoresError),
    #[error("the configuration cannot be printed: {0}")]
    Effective(#[from] serde_json::Error),
    #[error("cannot print: {0}")]
    Print(io::Error),
}

/// Prints the effective configuration of a file that can be used.
fn check(path: Option<&Path>) -> Result<(), ProgramError> {
    let path = path.unwrap_or_else(|| Path::new(DEFAULT_CONFIG));
    let file = ConfigFile::read_usable(path)?;
    let head = format!("# The effective configuration of {}.\n", path.display());
    for warning in file.edge.warnings() {
        let line = format!("warning: {}: {warning}\n", path.display());
        // Standard output is the configuration, which others read.
        let written = io::stderr().lock().write_all(line.as_bytes());
        written.map_err(ProgramError::Print)?;
    }
    let script = script_element(&file.edge);
    print(&(head + &script + &file.effective()?))
}

/// Prints the account of the group of a file.
fn account(path: Option<&Path>, format: AccountFormat) -> Result<(), ProgramError> {
    let path = path.unwrap_or_else(|| Path::new(DEFAULT_CONFIG));
    print(&account::read(path, format)?)
}

fn serve_configured(path: Option<&Path>) -> Result<(), ProgramError> {
    let path = path.unwrap_or_else(|| Path::new(DEFAULT_CONFIG));
    let file = ConfigFile::read_usable(path)?;
    log::set_format(file.native.log);
    let Config {
        open,
        projects,
        proxy,
        ..
    } = &file.edge;
    let is_idle = !open && projects.is_empty() && proxy.routes.is_empty();
    let warnings = file.edge.warnings();
    let queue = file.queue.settings();
    let reload = Reload::new(path, &file).map_err(CoresError::System)?;
    let kafka = Kafka::open(&file.kafka)?;
    let cores = Cores::listen(file.edge, &file.native, None, queue.as_ref())?.with_topics(kafka);
    let certificate = (cores.tls().zip(file.native.tls))
        .map(|(tls, config)| CertificateFiles::new(tls.clone(), config));
    let scheme = certificate.as_ref().map_or("http", |_| "https");
    let reload = reload.with_certificate(certificate);
    let (address, grpc) = (cores.address(), of_grpc(&cores));
    Ok(cores.run(Some(reload), || {
        let line = format!("listening on {scheme}://{address}{grpc}");
        log::line(Level::Info, &line);
        for warning in &warnings {
            log::line(Level::Warning, &warning.to_string());
        }
        if is_idle {
            log::line(Level::Warning, NOTHING_TO_DO);
        }
    })?)
}

fn serve_dev(
    listen: Listen,
    grpc: Option<Listen>,
    path: Option<&Path>,
    bounds: StoreBounds,
) -> Result<(), ProgramError> {
    let listens: Vec<&Listen> = [&listen].into_iter().chain(grpc.as_ref()).collect();
    let store = dev::open(path, bounds, &listens)?;
    let bounds = dev::bounds(&store);
    let native = NativeConfig {
        listen,
        // The store writes one batch at a time anyway.
        threads: Some(NonZeroUsize::MIN),
        grpc: GrpcConfig { listen: grpc },
        ..NativeConfig::default()
    };
    let cores = Cores::listen(dev::config(), &native, Some(store), None)?;
    // Another program may have the port of OTLP/gRPC, such as a Collector beside this one.
    let cores = cores.or_grpc_on(&DEV_GRPC.into());
    let (address, grpc) = (cores.address(), of_grpc(&cores));
    let place = path.map_or_else(|| "memory".to_owned(), |path| path.display().to_string());
    Ok(cores.run(None, || {
        let line = format!(
            "viewer and OTLP on http://{address}{grpc}, stored in {place}: the newest {bounds}"
        );
        log::line(Level::Info, &line);
        let PageScript { path, integrity } = script::current();
        let line = format!("script for pages: http://{address}{path}, integrity {integrity}");
        log::line(Level::Info, &line);
        if !address.ip().is_loopback() {
            log::line(
                Level::Warning,
                "anyone who reaches this address can send telemetry and read all of it",
            );
        }
    })?)
}

/// The address of OTLP/gRPC, for the log.
fn of_grpc(cores: &Cores) -> String {
    let address = cores.grpc_address();
    address.map_or_else(String::new, |address| format!(", OTLP/gRPC on {address}"))
}

/// The element of the script that the edge serves, as a comment of TOML; empty where it serves none.
fn script_element(config: &Config) -> String {
    if !config.script.enabled {
        return String::new();
    }
    let (PageScript { path, integrity }, prefix) = (script::current(), &config.ingest.path);
    format!(
        "# The script for pages, at an address that never has other bytes; {prefix}/t.js is the current one:\n\
         # <script src=\"{prefix}{path}\" integrity=\"{integrity}\" crossorigin=\"anonymous\" data-key=\"pk_…\" async></script>\n"
    )
}

/// Prints the help of one command, or of all.
fn print_help(command: Option<&OsString>) -> Result<(), ProgramError> {
    match command {
        None => print(&help()),
        Some(command) => match help_of(command) {
            Some(help) => print(&help),
            None => Err(ProgramError::NoCommand(command.clone())),
        },
    }
}

fn print(text: &str) -> Result<(), ProgramError> {
    let written = io::stdout().lock().write_all(text.as_bytes());
    written.map_err(ProgramError::Print)
}

const NOTHING_TO_DO: &str =
    "nothing to do: no [[projects]] may send telemetry, and no [[proxy.routes]] forwards a request";
const DEFAULT_CONFIG: &str = "throughline.toml";
/// The default endpoint of OTLP/gRPC senders.
const DEV_GRPC: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4317);
