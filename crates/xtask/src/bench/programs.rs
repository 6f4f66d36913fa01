//! The programs that are measured, and the receiver they export to: load generator → program
//! → receiver (a second native host) → counter.

use super::collector::{COLLECTOR, Collector};
use super::counter::Counter;
use super::flags::Flags;
use super::processing::Processing;
use super::rotel::{ROTEL, Rotel};
use crate::failure::Failure;
use crate::process::{Interrupt, Process, responds};
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
    rotel: Option<Rotel>,
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
            collector: Collector::find(flags)?,
            rotel: match &flags.rotel {
                Some(path) => Some(Rotel(existing(path)?)),
                None => None,
            },
            throughline: native::release_program()?,
        })
    }

    /// A name for each program, in the order of [`Line::programs`].
    pub(super) fn names(&self, processing: Processing) -> Vec<String> {
        let mut names = vec!["throughline".to_owned(), "the same again".to_owned()];
        names.extend(self.others.iter().map(|path| path.display().to_string()));
        let collector = self.collector_for(processing);
        names.extend(collector.map(|_| COLLECTOR.to_owned()));
        names.extend(self.rotel_for(processing).map(|_| ROTEL.to_owned()));
        names
    }

    /// The reason why there is no Collector to compare with, if there is none.
    pub(super) fn collector_is_missing(&self, processing: Processing) -> Option<String> {
        let Some(collector) = &self.collector else {
            return Some("not installed".to_owned());
        };
        let missing = collector.missing(processing.parts_of_collector());
        (!missing.is_empty()).then(|| format!("built without {}", missing.join(", ")))
    }

    fn collector_for(&self, processing: Processing) -> Option<&Collector> {
        let has_all = |collector: &&Collector| {
            collector
                .missing(processing.parts_of_collector())
                .is_empty()
        };
        self.collector.as_ref().filter(has_all)
    }

    fn rotel_for(&self, processing: Processing) -> Option<&Rotel> {
        self.rotel.as_ref().filter(|_| Rotel::has(processing))
    }

    /// The release build of this checkout.
    pub(super) fn throughline(&self) -> &Path {
        &self.throughline
    }

    /// Starts all parts. Configurations and logs are in `folder`.
    pub(super) fn start(
        &self,
        processing: Processing,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Line, Failure> {
        let counter = Counter::start()?;
        let start = |name: &str, program: &Path, sections: &str, export_to, compression: &str| {
            let config = throughline_config(export_to, compression) + sections;
            Program::throughline(name, program, &config, folder, interrupt)
        };
        // Uncompressed, so that the counter can read what arrives.
        let sections = Processing::Nothing.of_throughline();
        let receiver = start(
            "receiver",
            &self.throughline,
            &sections,
            counter.port,
            "none",
        )?;
        let ours = [&self.throughline, &self.throughline];
        let mut programs = Vec::new();
        let names = self.names(processing);
        for (path, name) in ours.into_iter().chain(&self.others).zip(names) {
            let sections = processing.of_throughline();
            programs.push(start(&name, path, &sections, receiver.port, "gzip")?);
        }
        if let Some(collector) = self.collector_for(processing) {
            let export_to = receiver.port;
            let started = collector.start(processing, export_to, folder, interrupt)?;
            programs.push(started);
        }
        if let Some(rotel) = self.rotel_for(processing) {
            programs.push(rotel.start(receiver.port, folder, interrupt)?);
        }
        Ok(Line {
            programs,
            counter,
            _receiver: receiver,
        })
    }
}

impl Program {
    /// Starts a native host with this configuration, but for the port, and one thread.
    pub(super) fn throughline(
        name: &str,
        program: &Path,
        config: &str,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let port = free_port()?;
        let native = format!("\n[native]\nlisten = \"127.0.0.1:{port}\"\nthreads = 1\n");
        let file = written(
            &folder.join(format!("{port}.toml")),
            &(config.to_owned() + &native),
        )?;
        let mut command = Command::new(program);
        command.arg("--config").arg(file);
        let ready = || responds(port, "/healthz");
        Self::start(name, &mut command, port, folder, ready, interrupt)
    }

    /// Starts a program and waits until it is ready.
    pub(super) fn start(
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

/// A configuration that accepts all and exports to a port of this machine.
pub(super) fn throughline_config(export_to: u16, compression: &str) -> String {
    format!(
        "open = true\n\
         [backend]\nurl = \"http://127.0.0.1:{export_to}\"\ncompression = \"{compression}\"\n"
    )
}

/// Writes a configuration, and returns its path.
pub(super) fn written(file: &Path, text: &str) -> Result<PathBuf, Failure> {
    std::fs::write(file, text).map_err(Failure::path(file))?;
    Ok(file.to_owned())
}

/// The path of a file that is there, from the root of the file system.
pub(super) fn existing(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize().map_err(Failure::path(path))
}

/// A port of 127.0.0.1 that nothing listens on.
pub(super) fn free_port() -> Result<u16, Failure> {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| Failure::Check(format!("no free port: {error}")))
}

/// A busy machine starts the Collector in seconds.
const START_WITHIN: Duration = Duration::from_secs(30);
