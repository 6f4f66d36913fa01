//! Builds the native host and its command.

use crate::command::{command, output};
use crate::failure::Failure;
use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use std::process::Command;
use toml::{Table, Value};

/// Builds the host and writes its configuration into `folder`.
pub(super) fn command_for(
    mut configuration: Table,
    port: u16,
    folder: &Path,
) -> Result<Command, Failure> {
    let native = Table::from_iter([(
        "listen".to_owned(),
        Value::String(format!("127.0.0.1:{port}")),
    )]);
    configuration.insert("native".to_owned(), Value::Table(native));
    let file = folder.join("throughline.toml");
    std::fs::write(&file, configuration.to_string()).map_err(Failure::path(&file))?;
    let mut server = command(&program()?.to_string_lossy(), &[]);
    server.arg("--config").arg(file);
    Ok(server)
}

/// Builds the program `throughline` and returns its path.
pub(crate) fn program() -> Result<PathBuf, Failure> {
    built("throughline", &[])
}

/// Builds the native host as it is shipped and returns its path.
pub(crate) fn release_program() -> Result<PathBuf, Failure> {
    release_build("throughline")
}

/// Builds the native host with topics of Kafka for production, and returns its path.
pub(crate) fn release_program_with_kafka() -> Result<PathBuf, Failure> {
    let flags = [
        "--release",
        "--no-default-features",
        "--features",
        "kafka-tls",
    ];
    built("throughline", &flags)
}

/// Builds the program of a package for release, and returns its path.
pub(crate) fn release_build(package: &str) -> Result<PathBuf, Failure> {
    built(package, &["--release"])
}

fn built(package: &str, flags: &[&str]) -> Result<PathBuf, Failure> {
    let mut build = command(
        "cargo",
        &[
            "build",
            "--package",
            package,
            "--bin",
            package,
            "--message-format",
            "json-render-diagnostics",
        ],
    );
    let messages = output(build.args(flags))?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Json>(line).ok())
        .filter(|message| message["target"]["name"] == package)
        .find_map(|message| Some(PathBuf::from(message["executable"].as_str()?)))
        .ok_or_else(|| Failure::Check(format!("cargo built no program `{package}`")))
}
