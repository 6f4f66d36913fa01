//! The OpenTelemetry Collector beside the native host.

use super::flags::Flags;
use super::processing::Processing;
use super::programs::{Program, existing, free_port, written};
use crate::command::{command, output, root};
use crate::failure::Failure;
use crate::process::{Interrupt, listens};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Collector, and what `otelcol components` says of it.
#[derive(Debug)]
pub(super) struct Collector {
    path: PathBuf,
    components: String,
}

impl Collector {
    /// The Collector at `path`.
    fn new(path: PathBuf) -> Result<Self, Failure> {
        let components = output(&mut command(&path.to_string_lossy(), &["components"]))?;
        Ok(Self { path, components })
    }

    /// The Collector of the command line, or one that is installed, if there is one.
    pub(super) fn find(flags: &Flags) -> Result<Option<Self>, Failure> {
        let path = match &flags.collector {
            Some(path) => Some(existing(path)?),
            None => Self::installed(),
        };
        path.map(Self::new).transpose()
    }

    /// The Collector that was built here, or that of the PATH.
    fn installed() -> Option<PathBuf> {
        let built = root().join("target/bench/collector/otelcol");
        let folders = std::env::var_os("PATH").unwrap_or_default();
        std::iter::once(built)
            .chain(std::env::split_paths(&folders).map(|folder| folder.join("otelcol")))
            .find(|path| path.is_file())
    }

    /// The parts of a configuration, as `otelcol components` names them, that it is built without.
    pub(super) fn missing(&self, parts: &[&'static str]) -> Vec<&'static str> {
        let names: Vec<&str> = (self.components.lines())
            .filter_map(|line| line.trim().strip_prefix("- name: "))
            .collect();
        let parts = parts.iter().copied();
        parts.filter(|part| !names.contains(part)).collect()
    }

    /// Starts it with one thread.
    pub(super) fn start(
        &self,
        processing: Processing,
        export_to: u16,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Program, Failure> {
        let config = |port| ends(port, export_to) + &processing.of_collector();
        self.start_with(config, folder, interrupt)
    }

    /// The same with the configuration for a port of its receiver.
    pub(super) fn start_with(
        &self,
        config: impl Fn(u16) -> String,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Program, Failure> {
        let port = free_port()?;
        let file = written(&folder.join(format!("{port}.yaml")), &config(port))?;
        let mut command = Command::new(&self.path);
        command.arg("--config").arg(file).env("GOMAXPROCS", "1");
        let ready = || listens(port);
        Program::start(COLLECTOR, &mut command, port, folder, ready, interrupt)
    }
}

/// The ends of its configuration.
fn ends(port: u16, export_to: u16) -> String {
    format!(
        "receivers: {{otlp: {{protocols: {{http: {{endpoint: '127.0.0.1:{port}'}}}}}}}}\n\
         exporters: {{otlp_http: {{endpoint: 'http://127.0.0.1:{export_to}'}}}}\n"
    )
}

/// The name of the Collector in a table.
pub(super) const COLLECTOR: &str = "Collector";
