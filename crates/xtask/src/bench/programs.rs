//! The programs that are measured, and the receiver they export to: load generator → program
//! → receiver (a second native host) → counter.

use super::counter::Counter;
use super::flags::Flags;
use super::processing::Processing;
use crate::command::{command, output, root};
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
    collector: Option<Collector>,
}

/// The Collector, and what `otelcol components` says of it.
#[derive(Debug)]
struct Collector {
    path: PathBuf,
    components: String,
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
            }
            .map(Collector::new)
            .transpose()?,
            throughline: native::release_program()?,
        })
    }

    /// A name for each program, in the order of [`Line::programs`].
    pub(super) fn names(&self, processing: Processing) -> Vec<String> {
        let mut names = vec!["throughline".to_owned(), "the same again".to_owned()];
        names.extend(self.others.iter().map(|path| path.display().to_string()));
        let collector = self.collector_for(processing);
        names.extend(collector.map(|_| COLLECTOR.to_owned()));
        names
    }

    /// The reason why there is no Collector to compare with, if there is none.
    pub(super) fn collector_is_missing(&self, processing: Processing) -> Option<String> {
        let Some(collector) = &self.collector else {
            return Some("not installed".to_owned());
        };
        let missing = collector.missing(processing);
        (!missing.is_empty()).then(|| format!("built without {}", missing.join(", ")))
    }

    fn collector_for(&self, processing: Processing) -> Option<&Collector> {
        let has_all = |collector: &&Collector| collector.missing(processing).is_empty();
        self.collector.as_ref().filter(has_all)
    }

    /// Starts all parts. Configurations and logs are in `folder`.
    pub(super) fn start(
        &self,
        processing: Processing,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Line, Failure> {
        let counter = Counter::start()?;
        let start = |name: &str, program: &Path, sections: String, export_to, compression: &str| {
            let port = free_port()?;
            let config = throughline_config(port, export_to, compression) + &sections;
            let file = written(&folder.join(format!("{port}.toml")), &config)?;
            let mut command = Command::new(program);
            command.arg("--config").arg(file);
            let ready = || responds(port, "/healthz");
            Program::start(name, &mut command, port, folder, ready, interrupt)
        };
        // Uncompressed, so that the counter can read what arrives.
        let sections = Processing::Nothing.of_throughline();
        let receiver = start(
            "receiver",
            &self.throughline,
            sections,
            counter.port,
            "none",
        )?;
        let ours = [&self.throughline, &self.throughline];
        let mut programs = Vec::new();
        let names = self.names(processing);
        for (path, name) in ours.into_iter().chain(&self.others).zip(names) {
            let sections = processing.of_throughline();
            programs.push(start(&name, path, sections, receiver.port, "gzip")?);
        }
        if let Some(collector) = self.collector_for(processing) {
            let export_to = receiver.port;
            let started = collector.start(processing, export_to, folder, interrupt)?;
            programs.push(started);
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

impl Collector {
    fn new(path: PathBuf) -> Result<Self, Failure> {
        let components = output(&mut command(&path.to_string_lossy(), &["components"]))?;
        Ok(Self { path, components })
    }

    /// The parts that it is built without.
    fn missing(&self, processing: Processing) -> Vec<&'static str> {
        let names: Vec<&str> = (self.components.lines())
            .filter_map(|line| line.trim().strip_prefix("- name: "))
            .collect();
        let parts = processing.parts_of_collector().iter().copied();
        parts.filter(|part| !names.contains(part)).collect()
    }

    fn start(
        &self,
        processing: Processing,
        export_to: u16,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Program, Failure> {
        let port = free_port()?;
        let config = collector_config(port, export_to) + &processing.of_collector();
        let file = written(&folder.join(format!("{port}.yaml")), &config)?;
        let mut command = Command::new(&self.path);
        command.arg("--config").arg(file).env("GOMAXPROCS", "1");
        let ready = || listens(port);
        Program::start(COLLECTOR, &mut command, port, folder, ready, interrupt)
    }
}

/// A configuration with one thread, like the Collector's.
fn throughline_config(port: u16, export_to: u16, compression: &str) -> String {
    format!(
        "open = true\n\
         [native]\nlisten = \"127.0.0.1:{port}\"\nthreads = 1\n\
         [backend]\nurl = \"http://127.0.0.1:{export_to}\"\ncompression = \"{compression}\"\n"
    )
}

/// The ends of the Collector's configuration.
fn collector_config(port: u16, export_to: u16) -> String {
    format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}}}\n\
         exporters: {{otlp_http: {{endpoint: 'http://127.0.0.1:{export_to}'}}}}\n"
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

pub(super) fn free_port() -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::Check(format!("no free port: {error}")))
}

/// The name of the Collector in a table.
pub(super) const COLLECTOR: &str = "Collector";
/// A busy machine starts the Collector in seconds.
const START_WITHIN: Duration = Duration::from_secs(30);
