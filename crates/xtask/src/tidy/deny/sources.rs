//! Checks that all dependencies come from crates.io.

use super::{denies, name};
use serde_json::Value;
use toml::Table;

pub(super) fn check(rules: &Table, packages: &[Value]) -> Vec<String> {
    packages
        .iter()
        .filter_map(|package| {
            let source = package["source"].as_str()?;
            let rule = if source.starts_with("git+") {
                "unknown-git"
            } else {
                "unknown-registry"
            };
            (source != CRATES_IO && denies(rules, "sources", rule))
                .then(|| format!("{} comes from {source}", name(package)))
        })
        .collect()
}

/// The source in the lock file, also when a mirror serves the files.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_crates_io_and_this_repository_are_permitted() {
        let rules = "[sources]\nunknown-registry = \"deny\"\nunknown-git = \"deny\"";
        let package = |source| serde_json::json!({ "name": "x", "source": source });
        let packages = [
            package(serde_json::Value::Null),
            package(CRATES_IO.into()),
            package("git+https://example.com/x".into()),
            package("registry+https://example.com/index".into()),
        ];
        assert_eq!(
            check(&rules.parse().expect("rules"), &packages),
            [
                "x comes from git+https://example.com/x",
                "x comes from registry+https://example.com/index"
            ]
        );
    }
}
