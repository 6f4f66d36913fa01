//! Parses the command line.

use crate::listen::Listen;
use crate::sourcemaps_command;
use crate::store_bounds::{self, StoreBounds, StoreBoundsError};
use lexopt::{Arg, Parser, ValueExt};
use std::ffi::{OsStr, OsString};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A task of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Serve with a configuration file.
    Serve {
        /// The file; `throughline.toml` when not set.
        config: Option<PathBuf>,
    },
    /// Print the effective configuration, or what is wrong with it.
    Check {
        /// The file; `throughline.toml` when not set.
        config: Option<PathBuf>,
    },
    /// Print how far the group of Kafka has come, and how its records have ended. A build without
    /// the feature `kafka` refuses it.
    Account {
        /// The file; `throughline.toml` when not set.
        config: Option<PathBuf>,
        /// The form of what is printed.
        format: AccountFormat,
    },
    /// Serve for development: open ingest, store and viewer. A build without the feature
    /// `dev` refuses it.
    Dev {
        /// The address to listen on.
        listen: Listen,
        /// The address to listen on for OTLP/gRPC; the usual one, if it is free, when not set.
        grpc: Option<Listen>,
        /// The store's file; in memory when not set.
        store: Option<PathBuf>,
        /// The most that the store keeps.
        bounds: StoreBounds,
    },
    /// Upload source maps, and look into them. A build without the feature `sourcemaps` refuses it.
    Sourcemaps {
        /// The arguments behind it.
        arguments: Vec<OsString>,
    },
    /// Print [`help`].
    Help,
    /// Print the version.
    Version,
}

/// The form of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountFormat {
    /// A table, for a terminal.
    Table,
    /// JSON, for scripts.
    Json,
}

impl Task {
    /// Parses the arguments after the program's name.
    ///
    /// # Errors
    /// [`ArgumentsError`] names the wrong argument; the caller is at fault.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, ArgumentsError> {
        let mut parser = Parser::from_args(arguments);
        let mut dev = false;
        let mut check = false;
        let mut account = false;
        let mut json = false;
        let mut config: Option<PathBuf> = None;
        let mut listen: Option<Listen> = None;
        let mut grpc: Option<Listen> = None;
        let mut in_memory = false;
        let mut store: Option<PathBuf> = None;
        let mut bounds = StoreBounds::default();
        let is_of_source_maps = parser
            .try_raw_args()
            .is_some_and(|rest| rest.peek() == Some(OsStr::new("sourcemaps")));
        if is_of_source_maps {
            parser.value()?;
            let arguments: Vec<OsString> = parser.raw_args()?.collect();
            let asks = |argument: &OsString| argument == "--help" || argument == "-h";
            return Ok(match arguments.iter().any(asks) {
                true => Task::Help,
                false => Task::Sourcemaps { arguments },
            });
        }
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(task) if !dev && !check && !account && task == "dev" => dev = true,
                Arg::Value(task) if !dev && !check && !account && task == "check" => check = true,
                Arg::Value(task) if !dev && !check && !account && task == "account" => {
                    account = true;
                }
                Arg::Value(file) if check && !file.is_empty() => {
                    once("the file to check", &mut config, file.into())?;
                }
                Arg::Long("config") => {
                    once("--config", &mut config, file("--config", &mut parser)?)?
                }
                Arg::Long("listen") => once("--listen", &mut listen, parser.value()?.parse()?)?,
                Arg::Long("grpc") => once("--grpc", &mut grpc, parser.value()?.parse()?)?,
                Arg::Long("store") => {
                    once("--store", &mut store, file("--store", &mut parser)?)?;
                    in_memory = store.as_deref() == Some(Path::new(":memory:"));
                    if store.as_deref().is_some_and(is_uri) {
                        return Err(ArgumentsError::StoreUri);
                    }
                }
                Arg::Long("max-traces") => {
                    let traces = store_bounds::traces(&parser.value()?.string()?)?;
                    once("--max-traces", &mut bounds.traces, traces)?;
                }
                Arg::Long("max-bytes") => {
                    let bytes = store_bounds::bytes(&parser.value()?.string()?)?;
                    once("--max-bytes", &mut bounds.bytes, bytes)?;
                }
                Arg::Long("json") => json = true,
                Arg::Long("help") | Arg::Short('h') => return Ok(Task::Help),
                Arg::Long("version") | Arg::Short('V') => return Ok(Task::Version),
                other => return Err(other.unexpected().into()),
            }
        }
        // A flag of another task is refused, at any position, and not ignored.
        if json && !account {
            return Err(ArgumentsError::AccountOnly("--json"));
        }
        if dev {
            if config.is_some() {
                return Err(ArgumentsError::ConfigOfDev);
            }
            let listen = listen.unwrap_or_else(|| Listen::from(DEV_ADDRESS));
            // SQLite's name for a store in memory. Opened as a file, each connection to it
            // would have one of its own.
            let store = store.filter(|_| !in_memory);
            return Ok(Task::Dev {
                listen,
                grpc,
                store,
                bounds,
            });
        }
        if listen.is_some() {
            return Err(ArgumentsError::DevOnly("--listen"));
        }
        if grpc.is_some() {
            return Err(ArgumentsError::DevOnly("--grpc"));
        }
        if store.is_some() {
            return Err(ArgumentsError::DevOnly("--store"));
        }
        if bounds.traces.is_some() {
            return Err(ArgumentsError::DevOnly("--max-traces"));
        }
        if bounds.bytes.is_some() {
            return Err(ArgumentsError::DevOnly("--max-bytes"));
        }
        let format = match json {
            true => AccountFormat::Json,
            false => AccountFormat::Table,
        };
        Ok(match (check, account) {
            (true, _) => Task::Check { config },
            (false, true) => Task::Account { config, format },
            (false, false) => Task::Serve { config },
        })
    }
}

/// Reads the name of a file. An empty name is an unset shell variable: SQLite would open a
/// temporary store for it.
fn file(flag: &'static str, parser: &mut Parser) -> Result<PathBuf, ArgumentsError> {
    let value = parser.value()?;
    if value.is_empty() {
        return Err(ArgumentsError::Empty(flag));
    }
    Ok(value.into())
}

/// Whether SQLite would take the name of a file for a URI with options of its own.
fn is_uri(path: &Path) -> bool {
    path.to_string_lossy().starts_with("file:")
}

/// Why the arguments name no task. The caller is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// An unknown argument, or a flag with an invalid value.
    #[error(transparent)]
    Invalid(#[from] lexopt::Error),
    /// A flag that is given twice.
    #[error("{0} is given more than once")]
    Repeated(&'static str),
    /// A flag whose value is empty.
    #[error("{0} needs the name of a file, but its value is empty")]
    Empty(&'static str),
    /// A URI of SQLite in place of a file.
    #[error(
        "--store takes the name of a file, not a URI: write it without file: and without options"
    )]
    StoreUri,
    /// A bound that a store cannot have.
    #[error(transparent)]
    Bounds(#[from] StoreBoundsError),
    /// A configuration for `throughline dev`, which would ignore it.
    #[error("`throughline dev` has no --config: it accepts all senders and reads no configuration")]
    ConfigOfDev,
    /// A flag of `throughline dev`.
    #[error("{0} is a flag of `throughline dev`; in production use the configuration file")]
    DevOnly(&'static str),
    /// A flag of `throughline account`.
    #[error("{0} is a flag of `throughline account`")]
    AccountOnly(&'static str),
}

fn once<T>(flag: &'static str, given: &mut Option<T>, value: T) -> Result<(), ArgumentsError> {
    match given.replace(value) {
        None => Ok(()),
        Some(_) => Err(ArgumentsError::Repeated(flag)),
    }
}

/// The text of `--help`.
pub fn help() -> String {
    let cli = crate::dev::cli::help();
    let parts = [
        HELP_SERVE,
        HELP_CHECK,
        HELP_ACCOUNT,
        HELP_DEV,
        sourcemaps_command::HELP,
        &cli,
        HELP_REST,
    ];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(
        "
",
    )
}

/// The text of `--help` behind the name of a command; `None` where there is no such command.
pub fn help_of(command: &OsStr) -> Option<String> {
    let own = match command.to_str()? {
        "check" => HELP_CHECK,
        "account" => HELP_ACCOUNT,
        "dev" => HELP_DEV,
        "sourcemaps" => sourcemaps_command::HELP,
        command => return crate::dev::cli::help_of(command),
    };
    Some(own.to_owned())
}

const HELP_SERVE: &str = "\
Receives telemetry (OTLP and Throughline's own Bundles); proxies requests and traces them.

throughline [--config FILE]
    Serves with the configuration in FILE; by default throughline.toml in this folder. A
    file that changes is taken without a restart, at once on SIGHUP.
";
const HELP_CHECK: &str = "\
throughline check [FILE]
    Prints the effective configuration, without secrets, and ends with 0; or says what is
    wrong with the file, and ends with 1.
";
const HELP_ACCOUNT: &str = if cfg!(feature = "kafka") {
    "\
throughline account [--config FILE] [--json]
    Prints how far the group of `[kafka]` in FILE has come in each partition of its topics, and
    how the records of all machines have ended.
    --json    as JSON, with the names of GET /stats
"
} else {
    "\
throughline account
    Not in this build: it has no Kafka. Build it with the cargo feature `kafka-tls`:
    `cargo build --release -p throughline --features kafka-tls`.
"
};
const HELP_DEV: &str = if cfg!(feature = "dev") {
    "\
throughline dev [--listen ADDRESS] [--grpc ADDRESS] [--store FILE] [--max-traces N] [--max-bytes SIZE]
    For development: accepts OTLP from all senders, stores it and shows it.
    --listen      address to listen on; by default 127.0.0.1:4318, the port of OTLP senders
    --grpc        the same for OTLP/gRPC; by default 127.0.0.1:4317, if it is free
    --store       file of the store; by default, and for :memory:, the store is in memory
    --max-traces  traces that the store keeps, the newest: 10000 in memory, any number in a file
    --max-bytes   bytes that it keeps, such as 500MB or 4GiB: 256MiB in memory, 2GiB in a file
"
} else {
    "\
throughline dev
    Not in this build: it has no store and no viewer. Build it with the cargo feature
    `dev`, which is on by default: `cargo build --release -p throughline`.
"
};
const HELP_REST: &str = "throughline help [COMMAND] | --help | --version\n";

/// The default endpoint of OTLP/HTTP senders.
const DEV_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4318);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, String> {
        Task::parse(line.split_whitespace().map(OsString::from)).map_err(|e| e.to_string())
    }

    #[test]
    fn tasks_are_parsed() {
        assert_eq!(parse(""), Ok(Task::Serve { config: None }));
        assert_eq!(
            parse("--store x dev"),
            Ok(Task::Dev {
                listen: DEV_ADDRESS.into(),
                grpc: None,
                store: Some("x".into()),
                bounds: StoreBounds::default(),
            })
        );
        assert_eq!(
            parse("dev --store :memory:"),
            Ok(Task::Dev {
                listen: DEV_ADDRESS.into(),
                grpc: None,
                store: None,
                bounds: StoreBounds::default(),
            })
        );
        assert_eq!(parse("check"), Ok(Task::Check { config: None }));
        assert_eq!(
            parse("account"),
            Ok(Task::Account {
                config: None,
                format: AccountFormat::Table,
            })
        );
        assert_eq!(
            parse("--json account --config a.toml"),
            Ok(Task::Account {
                config: Some("a.toml".into()),
                format: AccountFormat::Json,
            })
        );
        assert_eq!(
            parse("check a.toml"),
            Ok(Task::Check {
                config: Some("a.toml".into())
            })
        );
        assert_eq!(
            parse("--config a.toml"),
            Ok(Task::Serve {
                config: Some("a.toml".into())
            })
        );
        assert_eq!(
            parse("dev --listen 127.0.0.1:1 --grpc 127.0.0.1:2 --store=x"),
            Ok(Task::Dev {
                listen: SocketAddr::from(([127, 0, 0, 1], 1)).into(),
                grpc: Some(SocketAddr::from(([127, 0, 0, 1], 2)).into()),
                store: Some("x".into()),
                bounds: StoreBounds::default(),
            })
        );
    }

    #[test]
    fn bounds_of_the_store_have_units() {
        for (line, traces, bytes) in [
            ("dev --max-traces 50000", Some(50_000), None),
            ("dev --max-bytes 2GiB", None, Some(2 << 30)),
            (
                "--max-bytes=500MB dev --max-traces 1",
                Some(1),
                Some(500_000_000),
            ),
            ("dev --max-bytes 1048576", None, Some(1 << 20)),
        ] {
            let Ok(Task::Dev { bounds, .. }) = parse(line) else {
                panic!("{line}");
            };
            assert_eq!(bounds.traces.map(u64::from), traces, "{line}");
            assert_eq!(bounds.bytes.map(u64::from), bytes, "{line}");
        }
    }

    #[test]
    fn a_wrong_argument_is_named() {
        for (line, expected) in [
            ("--confg x", "--confg"),
            ("dev --config x", "--config"),
            (
                "--listen 127.0.0.1:1",
                "--listen is a flag of `throughline dev`",
            ),
            ("--store x", "--store is a flag of `throughline dev`"),
            (
                "--grpc 127.0.0.1:1",
                "--grpc is a flag of `throughline dev`",
            ),
            ("--config x dev", "`throughline dev` has no --config"),
            ("--config x --config y", "--config is given more than once"),
            ("dev --store x --store x", "--store is given more than once"),
            ("dev dev", "dev"),
            ("account dev", "dev"),
            ("account check", "check"),
            ("account a.toml", "a.toml"),
            ("--json", "--json is a flag of `throughline account`"),
            ("check --json", "--json is a flag of `throughline account`"),
            (
                "account --listen 127.0.0.1:1",
                "--listen is a flag of `throughline dev`",
            ),
            (
                "check a.toml b.toml",
                "the file to check is given more than once",
            ),
            (
                "check --listen 127.0.0.1:1",
                "--listen is a flag of `throughline dev`",
            ),
            (
                "check a.toml dev",
                "the file to check is given more than once",
            ),
            ("dev check", "check"),
            ("--config", "--config"),
            ("--config=", "--config needs the name of a file"),
            ("dev --store=", "--store needs the name of a file"),
            ("dev --listen here", "such as 127.0.0.1:4318"),
            (
                "dev --store file:x?mode=memory",
                "--store takes the name of a file",
            ),
            (
                "dev --store x --store :memory:",
                "--store is given more than once",
            ),
            (
                "dev --max-traces 0",
                "--max-traces \"0\" is no whole number of traces",
            ),
            (
                "dev --max-bytes 5TB",
                "--max-bytes \"5TB\" is no number of bytes",
            ),
            ("dev --max-bytes 100kB", "the least is 1MiB"),
            ("dev --max-bytes 99999999999GiB", "--max-bytes"),
            (
                "dev --max-bytes 1MiB --max-bytes 2MiB",
                "--max-bytes is given more than once",
            ),
            (
                "check --max-traces 5",
                "--max-traces is a flag of `throughline dev`",
            ),
            ("serve", "serve"),
        ] {
            let message = parse(line).expect_err(line);
            assert!(message.contains(expected), "{message}");
        }
    }
}
