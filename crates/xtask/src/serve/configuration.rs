//! Builds the configuration of `cargo xtask serve` from its flags.

use super::flags::Flags;
use crate::failure::Failure;
use toml::{Table, Value};

/// The named file, or a backend that discards everything, overridden by the flags.
pub(super) fn from(flags: &Flags) -> Result<Table, Failure> {
    let mut configuration = match &flags.config {
        Some(path) => std::fs::read_to_string(path)
            .map_err(Failure::path(path))?
            .parse()
            .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))?,
        None => discard(),
    };
    if flags.open {
        configuration.insert("open".to_owned(), Value::Boolean(true));
    }
    if flags.conformance {
        let conformance = table(&mut configuration, "conformance")?;
        conformance.insert("test_endpoint".to_owned(), Value::Boolean(true));
    }
    if let Some(limit) = flags.limit {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let ingest = table(&mut configuration, "ingest")?;
        for key in ["max_body_bytes", "max_bundle_bytes"] {
            ingest.insert(key.to_owned(), Value::Integer(limit));
        }
    }
    if let Some(url) = &flags.upstream {
        let backend = table(&mut configuration, "backend")?;
        backend.insert("kind".to_owned(), Value::from("otlp"));
        backend.insert("url".to_owned(), Value::from(url.as_str()));
    }
    Ok(configuration)
}

/// The path of the health check, which is below the ingest path.
pub(super) fn health_path(configuration: &Table) -> String {
    let prefix = configuration
        .get("ingest")
        .and_then(|ingest| ingest.get("path"))
        .and_then(Value::as_str)
        .unwrap_or_default();
    format!("{prefix}/healthz")
}

fn discard() -> Table {
    let backend = Table::from_iter([("kind".to_owned(), Value::from("null"))]);
    Table::from_iter([("backend".to_owned(), Value::Table(backend))])
}

fn table<'a>(configuration: &'a mut Table, key: &str) -> Result<&'a mut Table, Failure> {
    configuration
        .entry(key)
        .or_insert_with(|| Value::Table(Table::new()))
        .as_table_mut()
        .ok_or_else(|| Failure::Check(format!("`{key}` of the configuration is not a table")))
}
