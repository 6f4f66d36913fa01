//! What was asked for on the command line?

use lexopt::{Arg, Parser, ValueExt};
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Serve as a configuration file says.
    Serve {
        /// The file; `throughline.toml` when none is named.
        config: Option<PathBuf>,
    },
    /// Serve for development: open ingest, store and viewer.
    Dev {
        /// Where to listen.
        listen: SocketAddr,
        /// The store's file; in memory when none is named.
        store: Option<PathBuf>,
    },
    /// Print [`HELP`].
    Help,
    /// Print the version.
    Version,
}

impl Task {
    /// Reads the arguments behind the program's name.
    ///
    /// # Errors
    /// [`ArgumentsError`] names the argument that means nothing; the caller is at fault.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, ArgumentsError> {
        let mut parser = Parser::from_args(arguments);
        let mut dev = false;
        let mut config: Option<PathBuf> = None;
        let mut listen: Option<SocketAddr> = None;
        let mut store: Option<PathBuf> = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(task) if !dev && task == "dev" => dev = true,
                Arg::Long("config") => {
                    once("--config", &mut config, file("--config", &mut parser)?)?
                }
                Arg::Long("listen") => once("--listen", &mut listen, parser.value()?.parse()?)?,
                Arg::Long("store") => once("--store", &mut store, file("--store", &mut parser)?)?,
                Arg::Long("help") | Arg::Short('h') => return Ok(Task::Help),
                Arg::Long("version") | Arg::Short('V') => return Ok(Task::Version),
                other => return Err(other.unexpected().into()),
            }
        }
        // A flag that the task would pass over is refused, wherever it stands: who gave it
        // expects another task.
        if dev {
            if config.is_some() {
                return Err(ArgumentsError::ConfigOfDev);
            }
            let listen = listen.unwrap_or(DEV_ADDRESS);
            return Ok(Task::Dev { listen, store });
        }
        if listen.is_some() {
            return Err(ArgumentsError::DevOnly("--listen"));
        }
        if store.is_some() {
            return Err(ArgumentsError::DevOnly("--store"));
        }
        Ok(Task::Serve { config })
    }
}

/// The name of a file. An empty one is a shell variable that was not set: to SQLite it is a
/// store that is thrown away.
fn file(flag: &'static str, parser: &mut Parser) -> Result<PathBuf, ArgumentsError> {
    let value = parser.value()?;
    if value.is_empty() {
        return Err(ArgumentsError::Empty(flag));
    }
    Ok(value.into())
}

/// Why the arguments are no task. The caller is at fault.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentsError {
    /// An argument that means nothing here.
    #[error(transparent)]
    Meaningless(#[from] lexopt::Error),
    /// A flag that is given twice.
    #[error("{0} is given more than once")]
    Repeated(&'static str),
    /// A flag whose value is empty.
    #[error("{0} wants the name of a file, and what it is given is empty")]
    Empty(&'static str),
    /// A configuration for development, which would serve without what it asks for.
    #[error("`throughline dev` takes no --config: it serves openly, whatever a configuration says")]
    ConfigOfDev,
    /// A flag of `throughline dev`.
    #[error("{0} belongs to `throughline dev`; what is served otherwise is in the configuration")]
    DevOnly(&'static str),
}

fn once<T>(flag: &'static str, given: &mut Option<T>, value: T) -> Result<(), ArgumentsError> {
    match given.replace(value) {
        None => Ok(()),
        Some(_) => Err(ArgumentsError::Repeated(flag)),
    }
}

/// What `--help` prints.
pub const HELP: &str = "\
Receives telemetry (OTLP and Throughline's own Bundles), passes requests on and traces them.

throughline [--config FILE]
    Serves as FILE says; throughline.toml in this folder when none is named.

throughline dev [--listen ADDRESS] [--store FILE]
    For development: takes OTLP from anyone, keeps it and shows it.
    --listen  where; 127.0.0.1:4318 by default, the port OTLP senders use
    --store   where telemetry is kept; in memory by default

throughline --help | --version
";

/// Where OTLP/HTTP senders send by default.
const DEV_ADDRESS: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4318);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Task, String> {
        Task::parse(line.split_whitespace().map(OsString::from)).map_err(|e| e.to_string())
    }

    #[test]
    fn tasks_are_understood() {
        assert_eq!(parse(""), Ok(Task::Serve { config: None }));
        assert_eq!(
            parse("--store x dev"),
            Ok(Task::Dev {
                listen: DEV_ADDRESS,
                store: Some("x".into()),
            })
        );
        assert_eq!(
            parse("--config a.toml"),
            Ok(Task::Serve {
                config: Some("a.toml".into())
            })
        );
        assert_eq!(
            parse("dev --listen 127.0.0.1:1 --store=x"),
            Ok(Task::Dev {
                listen: SocketAddr::from(([127, 0, 0, 1], 1)),
                store: Some("x".into()),
            })
        );
    }

    #[test]
    fn what_means_nothing_is_named() {
        for (line, told) in [
            ("--confg x", "--confg"),
            ("dev --config x", "--config"),
            (
                "--listen 127.0.0.1:1",
                "--listen belongs to `throughline dev`",
            ),
            ("--store x", "--store belongs to `throughline dev`"),
            ("--config x dev", "`throughline dev` takes no --config"),
            ("--config x --config y", "--config is given more than once"),
            ("dev --store x --store x", "--store is given more than once"),
            ("dev dev", "dev"),
            ("--config", "--config"),
            ("--config=", "--config wants the name of a file"),
            ("dev --store=", "--store wants the name of a file"),
            ("dev --listen here", "here"),
            ("serve", "serve"),
        ] {
            let message = parse(line).expect_err(line);
            assert!(message.contains(told), "{message}");
        }
    }
}
