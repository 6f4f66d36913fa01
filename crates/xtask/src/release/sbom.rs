//! The bill of materials: the crates in the binaries, as CycloneDX 1.6.
//! <https://cyclonedx.org/docs/1.6/json/>

use super::checkout::Checkout;
use super::platform::HERE;
use crate::command::{command, output, root};
use crate::failure::Failure;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use toml::Table;

/// Writes `throughline-VERSION.cdx.json`.
pub(super) fn write(checkout: &Checkout, folder: &Path) -> Result<(), Failure> {
    let all = crates(&tree(&[])?);
    let production = crates(&tree(&["--no-default-features"])?);
    let checksums = checksums()?;
    let program = |it: &Crate| it.name == "throughline";
    let components: Vec<Value> = all
        .iter()
        .filter(|(it, _)| !program(it))
        .map(|(it, _)| it.component(production.contains_key(it), checksums.get(&it.reference())))
        .collect();
    let dependencies: Vec<Value> = all
        .iter()
        .map(|(it, needs)| json!({ "ref": it.reference(), "dependsOn": needs }))
        .collect();
    let metadata = all.keys().find(|it| program(it)).map(|it| {
        let mut component = it.component(true, None);
        component["type"] = json!("application");
        json!({ "timestamp": checkout.time(), "component": component })
    });
    let bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "dependencies": dependencies,
    });
    let file = folder.join(format!("throughline-{}.cdx.json", checkout.version));
    std::fs::write(&file, format!("{bom:#}\n")).map_err(Failure::path(&file))
}

/// The crates that are linked: the depth, name, version and licence of each, its dependencies below it.
fn tree(flags: &[&str]) -> Result<String, Failure> {
    let mut tree = command("cargo", &["tree", "--locked", "--package", "throughline"]);
    tree.args(["--target", HERE.target, "--edges", "normal,no-proc-macro"]);
    tree.args(["--prefix", "depth", "--format", " {p}|{l}"]);
    output(tree.args(flags))
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    /// An SPDX expression.
    licence: String,
}

impl Crate {
    /// <https://github.com/package-url/purl-spec/blob/main/types-doc/cargo-definition.md>
    fn reference(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }

    /// `optional` is in the build with `throughline dev` alone.
    fn component(&self, required: bool, checksum: Option<&String>) -> Value {
        let mut component = json!({
            "type": "library",
            "bom-ref": self.reference(),
            "name": self.name,
            "version": self.version,
            "scope": if required { "required" } else { "optional" },
            "licenses": [{ "expression": self.licence }],
            "purl": self.reference(),
        });
        if let Some(checksum) = checksum {
            component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
        }
        component
    }
}

/// Every crate of the tree with the references of those it builds on. The dependencies of one
/// that appears again are at its first place.
fn crates(tree: &str) -> BTreeMap<Crate, BTreeSet<String>> {
    let mut found: BTreeMap<Crate, BTreeSet<String>> = BTreeMap::new();
    let mut above: Vec<Crate> = Vec::new();
    for line in tree.lines() {
        let Some((depth, it)) = parse(line) else {
            continue;
        };
        above.truncate(depth);
        if let Some(needs) = above.last().and_then(|parent| found.get_mut(parent)) {
            needs.insert(it.reference());
        }
        found.entry(it.clone()).or_default();
        above.push(it);
    }
    found
}

/// `3 bytes v1.12.2|MIT (*)`
fn parse(line: &str) -> Option<(usize, Crate)> {
    let (crate_, licence) = line.split_once('|')?;
    let mut words = crate_.split(' ');
    let depth = words.next()?.parse().ok()?;
    let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
    let licence = licence.trim_end_matches(" (*)").replace('/', " OR ");
    Some((
        depth,
        Crate {
            name: name.to_owned(),
            version: version.to_owned(),
            licence,
        },
    ))
}

/// The SHA-256 of each crate of the registry, by reference.
fn checksums() -> Result<BTreeMap<String, String>, Failure> {
    let path = root().join("Cargo.lock");
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    let lock: Table =
        toml::from_str(&text).map_err(|error| Failure::Check(format!("Cargo.lock: {error}")))?;
    let packages = lock.get("package").and_then(|it| it.as_array());
    let checksum = |package: &toml::Value| {
        let text = |key| package.get(key).and_then(toml::Value::as_str);
        let reference = format!("pkg:cargo/{}@{}", text("name")?, text("version")?);
        Some((reference, text("checksum")?.to_owned()))
    };
    Ok(packages
        .into_iter()
        .flatten()
        .filter_map(checksum)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_read_with_its_edges() {
        let found = crates(
            "0 throughline v0.1.0 (/x)|MIT\n1 bytes v1.2.3|MIT/Apache-2.0\n1 http v1.0.0|MIT\n\
             2 bytes v1.2.3|MIT/Apache-2.0 (*)\n",
        );
        let edges: Vec<_> = found
            .iter()
            .map(|(it, needs)| (it.name.as_str(), it.licence.as_str(), needs.len()))
            .collect();
        assert_eq!(
            edges,
            [
                ("bytes", "MIT OR Apache-2.0", 0),
                ("http", "MIT", 1),
                ("throughline", "MIT", 2)
            ]
        );
    }
}
