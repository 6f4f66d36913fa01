//! May we ship what we depend on? The licences of `deny.toml` over `cargo metadata`.
//!
//! The part of `cargo deny check licenses` that needs no download; the same file
//! drives both.

use crate::command::{command, output, root};
use crate::failure::Failure;
use serde_json::Value;

/// Packages whose licence `deny.toml` does not allow, a sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let allowed = allowed()?;
    let text = output(&mut command(
        "cargo",
        &["metadata", "--format-version", "1"],
    ))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Check(format!("cargo metadata: {error}")))?;
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let name = package["name"].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or_default();
        if !permits(licence, &allowed) {
            wrong.push(format!(
                "{name} is under `{licence}`, which deny.toml does not allow"
            ));
        }
    }
    Ok(wrong)
}

fn allowed() -> Result<Vec<String>, Failure> {
    let path = root().join("deny.toml");
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error| Failure::Check(format!("deny.toml: {error}")))?;
    Ok(table["licenses"]["allow"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|licence| licence.as_str().map(str::to_owned))
        .collect())
}

/// Whether an SPDX expression can be satisfied with allowed licences. `/` is the
/// old way to write `OR`.
fn permits(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // Without nested groups, which crates.io hardly knows, OR binds last.
    expression.split(" OR ").any(|option| {
        option
            .split(" AND ")
            .all(|licence| allowed.iter().any(|allowed| allowed == licence.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_alternative_is_enough() {
        let allowed = ["MIT".to_owned(), "Unicode-3.0".to_owned()];
        assert!(permits("MIT OR Apache-2.0", &allowed));
        assert!(permits("Apache-2.0/MIT", &allowed));
        assert!(permits("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
        assert!(!permits("GPL-3.0-only", &allowed));
        assert!(!permits("", &allowed));
    }
}
