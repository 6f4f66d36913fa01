//! Checks the imports between our packages against the table in ARCHITECTURE.md.

use super::metadata::packages;
use crate::command::root;
use crate::failure::Failure;
use std::collections::{BTreeMap, BTreeSet};

/// Packages of ours, each with the packages of ours that it imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

/// The violations, one sentence each.
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let path = root().join("ARCHITECTURE.md");
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    Ok(compare(&table(&text)?, &actual()?))
}

fn compare(table: &Imports, actual: &Imports) -> Vec<String> {
    let mut wrong = Vec::new();
    for (package, imports) in actual {
        let Some(permitted) = table.get(package) else {
            wrong.push(format!(
                "{package} is not in the import table of ARCHITECTURE.md"
            ));
            continue;
        };
        for import in imports.difference(permitted) {
            wrong.push(format!(
                "{package} imports {import}, which the import table of ARCHITECTURE.md does not permit"
            ));
        }
        for import in permitted.difference(imports) {
            wrong.push(format!(
                "the import table of ARCHITECTURE.md permits {package} to import {import}, but it does not"
            ));
        }
    }
    for package in table.keys().filter(|name| !actual.contains_key(*name)) {
        wrong.push(format!(
            "the import table of ARCHITECTURE.md lists {package}, which does not exist"
        ));
    }
    wrong
}

/// Parses the table below the heading `## Imports`.
fn table(text: &str) -> Result<Imports, Failure> {
    let mut table = Imports::new();
    let section = text.lines().skip_while(|line| *line != HEADING).skip(1);
    for row in section
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with('|'))
        // The head of the table and the rule below it.
        .skip(2)
    {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [package, imports] = cells[..] else {
            return Err(malformed(row));
        };
        let package = names(package).next().ok_or_else(|| malformed(row))?;
        let imports = names(imports).map(str::to_owned).collect();
        if table.insert(package.to_owned(), imports).is_some() {
            return Err(Failure::Check(format!(
                "the import table of ARCHITECTURE.md lists {package} twice"
            )));
        }
    }
    if table.is_empty() {
        return Err(Failure::Check(format!(
            "ARCHITECTURE.md has no table below `{HEADING}`"
        )));
    }
    Ok(table)
}

/// The names in backticks.
fn names(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn malformed(row: &str) -> Failure {
    Failure::Check(format!(
        "a row of the import table of ARCHITECTURE.md is not | `package` | `import`, … |: {row}"
    ))
}

/// The imports that cargo knows, without development dependencies.
fn actual() -> Result<Imports, Failure> {
    let packages = packages(&["--no-deps"])?;
    Ok(packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().into_iter().flatten();
            let imports = dependencies
                .filter(|dependency| dependency["path"].is_string() && dependency["kind"] != "dev")
                .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
                .collect();
            let name = package["name"].as_str().unwrap_or_default();
            (name.to_owned(), imports)
        })
        .collect())
}

const HEADING: &str = "## Imports";

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Architecture\n\n## Imports\n\nProse.\n\n| package | imports |\n|---|---|\n\
         | `edge` | `otlp`, `facts` |\n| `facts` | `otlp` |\n| `otlp` | none |\n\n## Invariants\n\n\
         | `x` | `y` |\n|---|---|\n| `z` | `y` |\n";

    fn imports(packages: &[(&str, &[&str])]) -> Imports {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        (packages.iter())
            .map(|(package, imports)| ((*package).to_owned(), owned(imports)))
            .collect()
    }

    #[test]
    fn the_table_permits_what_is_used_and_no_more() {
        let table = table(TABLE).expect("a table");
        let used = [
            ("edge", &["facts", "otlp"][..]),
            ("facts", &["otlp"]),
            ("otlp", &[]),
        ];
        assert_eq!(compare(&table, &imports(&used)), [""; 0]);
        let other = [
            ("edge", &["otlp"][..]),
            ("otlp", &["facts"]),
            ("viewer", &[]),
        ];
        let wrong = compare(&table, &imports(&other)).join("\n");
        for expected in [
            "permits edge to import facts, but it does not",
            "otlp imports facts, which",
            "viewer is not in",
            "lists facts, which does not exist",
        ] {
            assert!(wrong.contains(expected), "{expected}\n{wrong}");
        }
        assert_eq!(wrong.lines().count(), 4, "{wrong}");
    }

    #[test]
    fn a_missing_or_malformed_table_is_an_error() {
        for (text, expected) in [
            ("## Invariants", "no table below"),
            (&TABLE.replace("`otlp` | none", "otlp | none"), "a row of"),
            (&TABLE.replace("`facts` | `otlp`", "`edge` |"), "edge twice"),
        ] {
            let message = table(text).expect_err(text).to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
