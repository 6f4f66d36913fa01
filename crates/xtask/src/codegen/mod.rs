//! Generates the files that Rust and TypeScript have to agree on, and Grafana's dashboards.
//!
//! `throughline-semconv/registry.toml` becomes the names of attributes and events,
//! `throughline-semconv/older-names.toml` the table of older names,
//! `throughline-wire/facts.toml` the contract between page and edge,
//! `throughline-edge/src/config/presets` what is known of backends, the schema of the configuration
//! its reference, and `deploy/grafana/source` the dashboards. The generated files are committed;
//! `check` fails when they differ from their source.

mod configuration;
mod dashboards;
mod facts;
mod older_names;
mod presets;
mod semconv;

use crate::command::root;
use crate::failure::Failure;
use std::path::{Path, PathBuf};

pub(crate) use semconv::{constant, registry};

/// A generated file: its path from the root of the checkout, its source, and its text.
struct Generated {
    path: &'static str,
    source: &'static str,
    text: String,
}

/// Writes the generated files.
pub(crate) fn run() -> Result<(), Failure> {
    for Generated { path, text, .. } in generated()? {
        let path = root().join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::path(folder))?;
        }
        std::fs::write(&path, text).map_err(Failure::path(&path))?;
    }
    Ok(())
}

/// Fails when a generated file differs from what its source says.
pub(crate) fn check() -> Result<(), Failure> {
    for Generated { path, source, text } in generated()? {
        if std::fs::read_to_string(root().join(path)).unwrap_or_default() != text {
            return Err(Failure::Check(format!(
                "{path} is not what {source} says: run `cargo xtask codegen` and commit it"
            )));
        }
    }
    Ok(())
}

/// The attributes that facts become without code of their own.
pub(crate) fn attributes_of_facts() -> Result<Vec<String>, Failure> {
    facts::attributes()
}

fn generated() -> Result<Vec<Generated>, Failure> {
    let mut all = semconv::generated()?;
    all.push(older_names::generated()?);
    all.extend(facts::generated()?);
    all.extend(presets::generated()?);
    all.push(configuration::generated()?);
    all.extend(dashboards::generated()?);
    Ok(all)
}

/// Reads a source as TOML.
fn read(path: &Path) -> Result<toml::Table, Failure> {
    let path: PathBuf = root().join(path);
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    text.parse()
        .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))
}
