//! Checks the dependencies for banned crates and for requirements without a version.

use super::{denies, name};
use serde_json::Value;
use toml::Table;

pub(super) fn check(rules: &Table, packages: &[Value]) -> Vec<String> {
    let banned = banned(rules);
    let mut wrong = Vec::new();
    for package in packages {
        if banned.contains(&name(package)) {
            wrong.push(format!("deny.toml bans {}", name(package)));
        }
        if denies(rules, "bans", "wildcards") {
            for dependency in wildcards(package) {
                wrong.push(format!(
                    "{} depends on {dependency} without a version",
                    name(package)
                ));
            }
        }
    }
    wrong
}

fn banned(rules: &Table) -> Vec<&str> {
    let list = rules.get("bans").and_then(|bans| bans.get("deny"));
    let list = list.and_then(toml::Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|ban| ban.get("crate").and_then(toml::Value::as_str))
        .collect()
}

/// Dependencies on crates of this repository need no version.
fn wildcards(package: &Value) -> impl Iterator<Item = &str> {
    package["dependencies"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|dependency| dependency["req"] == "*" && !dependency["path"].is_string())
        .map(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_and_a_missing_version_are_found() {
        let rules = "[bans]\nwildcards = \"deny\"\ndeny = [{ crate = \"openssl-sys\" }]";
        let packages = [
            serde_json::json!({ "name": "openssl-sys", "dependencies": [] }),
            serde_json::json!({ "name": "ours", "dependencies": [
                { "name": "theirs", "req": "*" },
                { "name": "beside", "req": "*", "path": "/beside" },
                { "name": "closed", "req": "^1" },
            ] }),
        ];
        assert_eq!(
            check(&rules.parse().expect("rules"), &packages),
            [
                "deny.toml bans openssl-sys",
                "ours depends on theirs without a version"
            ]
        );
    }
}
