//! Who may import whom? The import table of ARCHITECTURE.md over `cargo metadata`.

use crate::command::{command, output};
use crate::failure::Failure;
use serde_json::Value;

/// What is wrong with the imports, a sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    for package in packages()? {
        let Some((_, may)) = TABLE.iter().find(|(name, _)| *name == package.name) else {
            wrong.push(format!(
                "{} is not in the import table of crates/xtask/src/tidy/imports.rs",
                package.name
            ));
            continue;
        };
        for import in &package.imports {
            if !may.contains(&import.as_str()) {
                wrong.push(format!("{} must not import {import}", package.name));
            }
        }
    }
    Ok(wrong)
}

struct Package {
    name: String,
    /// Our own packages it builds on; development dependencies are free.
    imports: Vec<String>,
}

fn packages() -> Result<Vec<Package>, Failure> {
    let text = output(&mut command(
        "cargo",
        &["metadata", "--format-version", "1", "--no-deps"],
    ))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Check(format!("cargo metadata: {error}")))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    Ok(packages
        .iter()
        .map(|package| Package {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            imports: package["dependencies"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev")
                .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
                .collect(),
        })
        .collect())
}

const SEMCONV: &str = "throughline-semconv";
const TRACE_CONTEXT: &str = "throughline-trace-context";
const OTLP: &str = "throughline-otlp";
const WIRE: &str = "throughline-wire";
const SCRUB: &str = "throughline-scrub";
const SYMBOLICATE: &str = "throughline-symbolicate";
const FACTS: &str = "throughline-facts";
const EDGE: &str = "throughline-edge";
const VIEWER: &str = "throughline-viewer";

/// A package and what it may import. The engine and the edge never see each other:
/// what they share is `throughline-facts`.
const TABLE: &[(&str, &[&str])] = &[
    (SEMCONV, &[]),
    (TRACE_CONTEXT, &[]),
    (SYMBOLICATE, &[]),
    (OTLP, &[TRACE_CONTEXT, SEMCONV]),
    (WIRE, &[OTLP, SEMCONV]),
    (SCRUB, &[OTLP, SEMCONV]),
    (
        FACTS,
        &[WIRE, OTLP, TRACE_CONTEXT, SEMCONV, SYMBOLICATE, SCRUB],
    ),
    (
        EDGE,
        &[
            WIRE,
            OTLP,
            TRACE_CONTEXT,
            SEMCONV,
            SYMBOLICATE,
            SCRUB,
            FACTS,
        ],
    ),
    (
        "throughline-browser",
        &[
            WIRE,
            OTLP,
            TRACE_CONTEXT,
            SEMCONV,
            SYMBOLICATE,
            SCRUB,
            FACTS,
        ],
    ),
    (VIEWER, &[OTLP, SEMCONV]),
    ("throughline-cloudflare", &[EDGE]),
    ("throughline", &[EDGE, VIEWER, OTLP]),
    ("throughline-testkit", &[EDGE, WIRE, OTLP]),
    (
        "throughline-conformance",
        &[TRACE_CONTEXT, SYMBOLICATE, EDGE, OTLP, SCRUB],
    ),
    ("throughline-edge-hosts", &["throughline-testkit"]),
    ("xtask", &[]),
    ("xtask-wasm-bindgen", &[]),
];
