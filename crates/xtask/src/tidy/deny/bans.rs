//! Checks the dependencies for banned crates and for requirements without a version.

use super::{denies, name};
use serde_json::Value;
use toml::Table;

/// The violations by `packages`, and by `uses`: a package and one that is compiled for it.
pub(super) fn check(rules: &Table, packages: &[Value], uses: &[(String, String)]) -> Vec<String> {
    let bans = bans(rules);
    let mut wrong = Vec::new();
    for package in packages {
        if (bans.iter()).any(|ban| ban.name == name(package) && ban.wrappers.is_empty()) {
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
    for ban in bans.iter().filter(|ban| !ban.wrappers.is_empty()) {
        for (user, used) in uses {
            if used == ban.name && !ban.wrappers.contains(&user.as_str()) {
                wrong.push(format!("deny.toml bans {used} in {user}"));
            }
        }
    }
    wrong
}

/// A crate that none may depend on but its wrappers.
struct Ban<'a> {
    name: &'a str,
    wrappers: Vec<&'a str>,
}

fn bans(rules: &Table) -> Vec<Ban<'_>> {
    let list = rules.get("bans").and_then(|bans| bans.get("deny"));
    array(list)
        .filter_map(|ban| {
            let wrappers = array(ban.get("wrappers")).filter_map(toml::Value::as_str);
            Some(Ban {
                name: ban.get("crate")?.as_str()?,
                wrappers: wrappers.collect(),
            })
        })
        .collect()
}

fn array(value: Option<&toml::Value>) -> impl Iterator<Item = &toml::Value> {
    (value.and_then(toml::Value::as_array).into_iter()).flatten()
}

/// Dependencies on crates of this repository need no version.
fn wildcards(package: &Value) -> impl Iterator<Item = &str> {
    (package["dependencies"].as_array().into_iter())
        .flatten()
        .filter(|dependency| dependency["req"] == "*" && !dependency["path"].is_string())
        .map(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banned_crate_is_permitted_to_its_wrappers_alone() {
        let rules = "[bans]\ndeny = [{ crate = \"openssl-sys\", wrappers = [\"rdkafka-sys\"] }]";
        let packages = [serde_json::json!({ "name": "openssl-sys", "dependencies": [] })];
        let uses =
            ["rdkafka-sys", "native-tls"].map(|user| (user.to_owned(), "openssl-sys".to_owned()));
        assert_eq!(
            check(&rules.parse().expect("rules"), &packages, &uses),
            ["deny.toml bans openssl-sys in native-tls"]
        );
    }

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
            check(&rules.parse().expect("rules"), &packages, &[]),
            [
                "deny.toml bans openssl-sys",
                "ours depends on theirs without a version"
            ]
        );
    }
}
