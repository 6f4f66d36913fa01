//! Rotel, a collector in Rust, beside the native host: <https://github.com/streamfold/rotel>.

use super::processing::Processing;
use super::programs::{Program, free_port};
use crate::failure::Failure;
use crate::process::{Interrupt, listens};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The program `rotel-agent` of the wheel, or `rotel` of a release.
#[derive(Debug)]
pub(super) struct Rotel(pub(super) PathBuf);

impl Rotel {
    /// Whether it can do the same: it redacts, samples and measures nothing.
    pub(super) const fn has(processing: Processing) -> bool {
        matches!(processing, Processing::Nothing)
    }

    /// Starts it with one thread and what is its default: batches, and gzip.
    pub(super) fn start(
        &self,
        export_to: u16,
        folder: &Path,
        interrupt: &Interrupt,
    ) -> Result<Program, Failure> {
        let (port, grpc_port) = (free_port()?, free_port()?);
        let mut command = Command::new(&self.0);
        command
            .arg("start")
            .args(["--otlp-http-endpoint", &format!("127.0.0.1:{port}")])
            .args(["--otlp-grpc-endpoint", &format!("127.0.0.1:{grpc_port}")])
            .args(["--exporter", "otlp", "--otlp-exporter-protocol", "http"])
            .args([
                "--otlp-exporter-endpoint",
                &format!("http://127.0.0.1:{export_to}"),
            ])
            .env("TOKIO_WORKER_THREADS", "1");
        let ready = || listens(port);
        Program::start(ROTEL, &mut command, port, folder, ready, interrupt)
    }
}

/// The name of Rotel in a table.
pub(super) const ROTEL: &str = "Rotel";
