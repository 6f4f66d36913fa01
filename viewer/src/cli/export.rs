//! `throughline export` and `throughline import`: telemetry in files of OTLP JSON lines.

use super::CliError;
use crate::query::export::{LOGS, METRICS, TRACES};
use crate::source::{Source, SourceError};
use bytes::Bytes;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use throughline_otlp::Signal;
use zip::ZipArchive;

/// Writes the traces that match to a file.
pub(super) fn export(
    source: &dyn Source,
    parameters: &str,
    to: &Path,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let archive = source.export(parameters)?;
    let [traces, logs, metrics] = [TRACES, LOGS, METRICS].map(|name| lines(&archive, name));
    if traces + logs + metrics == 0 {
        return Err(CliError::NothingToExport);
    }
    std::fs::write(to, &archive).map_err(|error| CliError::Write {
        path: to.into(),
        error,
    })?;
    writeln!(
        out,
        "{}: {traces} traces in {TRACES}, {logs} requests in {LOGS}, {metrics} in {METRICS}, {} bytes",
        to.display(),
        archive.len()
    )?;
    Ok(())
}

/// The lines of a file in an archive.
fn lines(archive: &Bytes, name: &str) -> usize {
    let archive = ZipArchive::new(std::io::Cursor::new(archive));
    let file = archive.and_then(|mut archive| {
        let file = archive.by_name(name)?;
        Ok(BufReader::new(file).lines().map_while(Result::ok).count())
    });
    file.unwrap_or_default()
}

/// Stores the records of a file.
pub(super) fn import(
    source: &dyn Source,
    path: &Path,
    out: &mut dyn Write,
) -> Result<(), CliError> {
    let mut file = File::open(path).map_err(|error| CliError::Read {
        path: path.into(),
        error,
    })?;
    let mut requests = 0;
    if path.extension().is_some_and(|extension| extension == "zip") {
        let mut archive = ZipArchive::new(file).map_err(|error| no_export(path, &error))?;
        for nth in 0..archive.len() {
            let file = archive.by_index(nth);
            let file = file.map_err(|error| no_export(path, &error))?;
            let name = file.name().map_err(|error| no_export(path, &error))?;
            if name.ends_with(".jsonl") {
                requests += import_lines(source, path, file)?;
            }
        }
    } else {
        requests += import_lines(source, path, &mut file)?;
    }
    if requests == 0 {
        let reason =
            "it has no line of OTLP/JSON; an export has traces.jsonl, logs.jsonl and metrics.jsonl";
        return Err(no_export(path, &reason));
    }
    source.settle()?;
    writeln!(out, "{}: {requests} requests stored", path.display())?;
    Ok(())
}

/// Stores the lines of a file, and returns how many.
fn import_lines(source: &dyn Source, path: &Path, file: impl Read) -> Result<usize, CliError> {
    let mut requests = 0;
    for (number, line) in (1..).zip(BufReader::new(file.take(MAX_BYTES)).lines()) {
        let line = line.map_err(|error| no_export(path, &error))?;
        let line = line.trim_start_matches(BYTE_ORDER_MARK).trim();
        if line.is_empty() {
            continue;
        }
        requests += 1;
        // The first one is a key of the request; what is behind it may be a text.
        let signal = (SIGNALS.iter())
            .filter_map(|(key, signal)| Some((line.find(key)?, *signal)))
            .min_by_key(|(position, _)| *position);
        let (_, signal) = signal.ok_or_else(|| {
            let reason = format!("line {number} has none of resourceSpans, resourceLogs, resourceMetrics: OTLP JSON lines have one export request each");
            no_export(path, &reason)
        })?;
        let stored = source.append(signal, Bytes::from(line.to_owned()));
        stored.map_err(|error| match error {
            SourceError::Refused(reason) => no_export(path, &format!("line {number}: {reason}")),
            error => error.into(),
        })?;
    }
    Ok(requests)
}

fn no_export(path: &Path, reason: &dyn ToString) -> CliError {
    CliError::NoExport {
        path: path.into(),
        reason: reason.to_string(),
    }
}

/// The member that says what a line has.
const SIGNALS: [(&str, Signal); 3] = [
    ("\"resourceSpans\"", Signal::Traces),
    ("\"resourceLogs\"", Signal::Logs),
    ("\"resourceMetrics\"", Signal::Metrics),
];
/// Editors and shells of Windows begin a file with it.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// Bytes that are read of one file: an archive may unpack to any number of them.
const MAX_BYTES: u64 = 2 << 30;
