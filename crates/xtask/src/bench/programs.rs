//! The programs that are measured, and the receiver they export to: load generator → program
//! → receiver (a second native host) → counter.

use super::counter::Counter;
use super::flags::Flags;
use crate::command::root;
use crate::failure::Failure;
use crate::process::{Interrupt, Process, listens, responds};
use crate::serve::native;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Paths of the programs that are measured.
#[derive(Debug)]
pub(super) struct Programs {
    throughline: PathBuf,
    others: Vec<PathBuf>,
    collector: Option<PathBuf>,
}

/// The running parts. The programs stop before the receiver, so that exports can finish.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) programs: Vec<Program>,
    pub(super) counter: Counter,
    _receiver: Program,
}

/// A running program.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) process: Process,
    pub(super) port: u16,
}

impl Programs {
    /// Builds the native host and looks for the others.
    pub(super) fn find(flags: &Flags) -> Result<Self, Failure> {
        let others = flags.binaries.iter();
        Ok(Self {
            others: others
                .map(|path| existing(path))
                .collect::<Result<_, _>>()?,
            collector: match &flags.collector {
                Some(path) => Some(existing(path)?),
                None => installed_collector(),
            },
            throughline: native::release_program()?,
        })
    }

    /// A name for each program, in the order of [`Line::programs`].
    pub(super) fn names(&self) -> Vec<String> {
        let mut names = vec!["throughline".to_owned(), "the same again".to_owned()];
        names.extend(self.others.iter().map(|path| path.display().to_string()));
        names.extend(self.collector.iter().map(|_| COLLECTOR.to_owned()));
        names
    }

    /// Whether there is no Collector to compare with.
    pub(super) fn collector_is_missing(&self) -> bool {
        self.collector.is_none()
    }

    /// Starts all parts. Configurations and logs are in `folder`.
    pub(super) fn start(&self, folder: &Path, interrupt: &Interrupt) -> Result<Line, Failure> {
        let counter = Counter::start()?;
        let start = |name: &str, program: &Path, export_to: u16, compression: &str| {
            let port = free_port()?;
            let config = throughline_config(port, export_to, compression);
            let file = written(&folder.join(format!("{port}.toml")), &config)?;
            let mut command = Command::new(program);
            command.arg("--config").arg(file);
            let ready = || responds(port, "/healthz");
            Program::start(name, &mut command, port, folder, ready, interrupt)
        };
        // Uncompressed, so that the counter can read what arrives.
        let receiver = start("receiver", &self.throughline, counter.port, "none")?;
        let ours = [&self.throughline, &self.throughline];
        let mut programs = Vec::new();
        for (path, name) in ours.into_iter().chain(&self.others).zip(self.names()) {
            programs.push(start(&name, path, receiver.port, "gzip")?);
        }
        if let Some(collector) = &self.collector {
            programs.push(start_collector(
                collector,
                receiver.port,
                folder,
                interrupt,
            )?);
        }
        Ok(Line {
            programs,
            counter,
            _receiver: receiver,
        })
    }
}

impl Program {
    fn start(
        name: &str,
        command: &mut Command,
        port: u16,
        folder: &Path,
        ready: impl Fn() -> bool,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let log = folder.join(format!("{port}.log"));
        let mut process = Process::start(name, command, &log)?;
        process.wait_until(ready, START_WITHIN, interrupt)?;
        Ok(Self { process, port })
    }
}

fn start_collector(
    path: &Path,
    export_to: u16,
    folder: &Path,
    interrupt: &Interrupt,
) -> Result<Program, Failure> {
    let port = free_port()?;
    let config = collector_config(port, export_to);
    let file = written(&folder.join("collector.yaml"), &config)?;
    let mut command = Command::new(path);
    command.arg("--config").arg(file).env("GOMAXPROCS", "1");
    let ready = || listens(port);
    Program::start(COLLECTOR, &mut command, port, folder, ready, interrupt)
}

/// A configuration with one thread, like the Collector's, and defaults otherwise.
fn throughline_config(port: u16, export_to: u16, compression: &str) -> String {
    format!(
        "open = true\n\
         [native]\nlisten = \"127.0.0.1:{port}\"\nthreads = 1\n\
         [backend]\nurl = \"http://127.0.0.1:{export_to}\"\ncompression = \"{compression}\"\n"
    )
}

/// A configuration with the batch processor before the exporter, as its documentation
/// recommends, and defaults otherwise.
fn collector_config(port: u16, export_to: u16) -> String {
    format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}}}\n\
         processors: {{batch: {{}}}}\n\
         exporters: {{otlp_http: {{endpoint: 'http://127.0.0.1:{export_to}'}}}}\n\
         service:\n\
         \x20 telemetry: {{metrics: {{level: none}}, logs: {{level: warn}}}}\n\
         \x20 pipelines:\n\
         \x20   traces: {{receivers: [otlp], processors: [batch], exporters: [otlp_http]}}\n"
    )
}

fn written(file: &Path, text: &str) -> Result<PathBuf, Failure> {
    std::fs::write(file, text).map_err(Failure::path(file))?;
    Ok(file.to_owned())
}

fn existing(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(Failure::path(path))
}

fn installed_collector() -> Option<PathBuf> {
    let built = root().join("target/bench/collector/otelcol");
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(built)
        .chain(std::env::split_paths(&folders).map(|folder| folder.join("otelcol")))
        .find(|path| path.is_file())
}

fn free_port() -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::Check(format!("no free port: {error}")))
}

const COLLECTOR: &str = "Collector";
/// A busy machine starts the Collector in seconds.
const START_WITHIN: Duration = Duration::from_secs(30);
