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
    /// [`lexopt::Error`] names the argument that means nothing; the caller is at fault.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut parser = Parser::from_args(arguments);
        let mut dev = false;
        let mut config = None;
        let mut listen = None;
        let mut store = None;
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Value(task) if !dev && task == "dev" => dev = true,
                Arg::Long("config") if !dev => config = Some(parser.value()?.into()),
                Arg::Long("listen") if dev => listen = Some(parser.value()?.parse()?),
                Arg::Long("store") if dev => store = Some(parser.value()?.into()),
                Arg::Long("help") | Arg::Short('h') => return Ok(Task::Help),
                Arg::Long("version") | Arg::Short('V') => return Ok(Task::Version),
                other => return Err(other.unexpected()),
            }
        }
        Ok(match dev {
            true => Task::Dev {
                listen: listen.unwrap_or(DEV_ADDRESS),
                store,
            },
            false => Task::Serve { config },
        })
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
            ("--listen 1", "--listen"),
            ("dev --listen here", "here"),
            ("serve", "serve"),
        ] {
            let message = parse(line).expect_err(line);
            assert!(message.contains(told), "{message}");
        }
    }
}
