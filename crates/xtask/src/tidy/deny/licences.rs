//! Checks the licences of the dependencies.

use super::{name, texts};
use serde_json::Value;
use toml::Table;

pub(super) fn check(rules: &Table, packages: &[Value]) -> Vec<String> {
    let allowed = texts(rules, "licenses", "allow");
    packages
        .iter()
        .filter_map(|package| {
            let licence = package["license"].as_str().unwrap_or_default();
            let name = name(package);
            (!permits(licence, &allowed))
                .then(|| format!("{name} is under `{licence}`, which deny.toml does not allow"))
        })
        .collect()
}

/// Whether an SPDX expression can be satisfied with allowed licences. `/` is an old
/// notation of `OR`.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.replace(['(', ')'], " ").replace('/', " OR ");
    // Nested groups are rare on crates.io; without them OR has the lowest precedence.
    expression.split(" OR ").any(|option| {
        option
            .split(" AND ")
            .all(|licence| allowed.contains(&licence.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_alternative_is_enough() {
        let allowed = ["MIT", "Unicode-3.0"];
        assert!(permits("MIT OR Apache-2.0", &allowed));
        assert!(permits("Apache-2.0/MIT", &allowed));
        assert!(permits("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
        assert!(!permits("GPL-3.0-only", &allowed));
        assert!(!permits("", &allowed));
    }
}
