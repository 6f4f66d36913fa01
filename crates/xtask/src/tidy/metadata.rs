//! Reads the packages of `cargo metadata`, and which uses which.

use crate::command::{command, output};
use crate::failure::Failure;
use serde_json::Value;
use std::collections::BTreeMap;

/// The packages, as cargo describes them.
pub(super) fn packages(flags: &[&str]) -> Result<Vec<Value>, Failure> {
    graph(flags).map(|graph| graph.packages)
}

/// The packages, and which of them are compiled for which.
pub(super) struct Graph {
    pub(super) packages: Vec<Value>,
    /// The name of a package and that of one that it uses, with the features that are on.
    pub(super) uses: Vec<(String, String)>,
}

pub(super) fn graph(flags: &[&str]) -> Result<Graph, Failure> {
    let mut cargo = command("cargo", &["metadata", "--format-version", "1"]);
    let text = output(cargo.args(flags))?;
    let mut metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Check(format!("cargo metadata: {error}")))?;
    let Value::Array(packages) = metadata["packages"].take() else {
        let text = "cargo metadata lists no packages".to_owned();
        return Err(Failure::Check(text));
    };
    let uses = uses(&packages, &metadata["resolve"]["nodes"]);
    Ok(Graph { packages, uses })
}

fn uses(packages: &[Value], nodes: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let names: BTreeMap<&str, String> = (packages.iter())
        .filter_map(|package| Some((package["id"].as_str()?, text(&package["name"]))))
        .collect();
    let name = |id: &Value| names.get(id.as_str()?).cloned();
    (nodes.as_array().into_iter().flatten())
        .flat_map(|node| {
            let used = node["dependencies"].as_array().into_iter().flatten();
            used.filter_map(|used| Some((name(&node["id"])?, name(used)?)))
        })
        .collect()
}
