//! Checks the dependencies in `cargo metadata` against the rules of `deny.toml`.
//!
//! This is the part of `cargo deny check` that needs no download; both read the same file.

mod bans;
mod licences;
mod sources;

use super::metadata::graph;
use crate::command::root;
use crate::failure::Failure;
use serde_json::Value;

/// The violations, one sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let path = root().join("deny.toml");
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    let rules: toml::Table = text
        .parse()
        .map_err(|error| Failure::Check(format!("deny.toml: {error}")))?;
    let graph = graph(&["--all-features"])?;
    let packages = &graph.packages;
    let mut wrong = licences::check(&rules, packages);
    wrong.extend(bans::check(&rules, packages, &graph.uses));
    wrong.extend(sources::check(&rules, packages));
    Ok(wrong)
}

/// The list of texts at `[section] key`; a missing rule permits nothing.
fn texts<'a>(rules: &'a toml::Table, section: &str, key: &str) -> Vec<&'a str> {
    let list = rules.get(section).and_then(|section| section.get(key));
    let list = list.and_then(toml::Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .collect()
}

/// Whether `[section] key` is `"deny"`.
fn denies(rules: &toml::Table, section: &str, key: &str) -> bool {
    let level = rules.get(section).and_then(|section| section.get(key));
    level.and_then(toml::Value::as_str) == Some("deny")
}

fn name(package: &Value) -> &str {
    package["name"].as_str().unwrap_or_default()
}
