//! Checks that the production build of the native host has no development mode in it.

use crate::command::{command, output};
use crate::failure::Failure;

/// The violations, one sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let tree = output(&mut command(
        "cargo",
        &[
            "tree",
            "--package",
            "throughline",
            "--no-default-features",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{lib}",
        ],
    ))?;
    Ok(violations(&tree))
}

fn violations(tree: &str) -> Vec<String> {
    DEVELOPMENT
        .iter()
        .filter(|name| tree.lines().any(|line| line == **name))
        .map(|name| format!("the production build of the native host links {name}"))
        .collect()
}

/// Libraries of the development mode: the viewer and its SQLite.
const DEVELOPMENT: &[&str] = &["throughline_viewer", "rusqlite", "libsqlite3_sys"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_in_the_production_build_is_found() {
        assert_eq!(violations("throughline\ntokio\n"), [""; 0]);
        assert_eq!(
            violations("throughline\nrusqlite\n"),
            ["the production build of the native host links rusqlite"]
        );
    }
}
