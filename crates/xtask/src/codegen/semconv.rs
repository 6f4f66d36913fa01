//! Generates the names of attributes and events from `registry.toml`.

use super::{Generated, read};
use crate::failure::Failure;
use std::fmt::Write as _;
use std::path::Path;

/// The constants, in Rust and in TypeScript.
pub(super) fn generated() -> Result<Vec<Generated>, Failure> {
    let mut rust = String::from("// Generated from registry.toml by `cargo xtask codegen`.\n");
    let mut typescript = rust.clone();
    for (name, brief) in &registry()? {
        let constant = constant(name);
        // Writing to a String cannot fail.
        let _ = write!(
            rust,
            "\n/// {brief}\npub const {constant}: &str = \"{name}\";\n"
        );
        let _ = write!(
            typescript,
            "\n/** {brief} */\nexport const {constant} = '{name}';\n"
        );
    }
    let source = "registry.toml";
    Ok(vec![
        Generated {
            path: "crates/throughline-semconv/src/generated.rs",
            source,
            text: rust,
        },
        Generated {
            path: "npm/browser/src/generated/semconv.ts",
            source,
            text: typescript,
        },
    ])
}

/// The name of a constant.
pub(crate) fn constant(name: &str) -> String {
    name.to_uppercase().replace(['.', '-'], "_")
}

/// Every name with its sentence, sorted.
pub(crate) fn registry() -> Result<Vec<(String, String)>, Failure> {
    let table = read(Path::new("crates/throughline-semconv/registry.toml"))?;
    let mut names = Vec::new();
    for (group, entries) in &table {
        let Some(entries) = entries.as_table() else {
            return Err(Failure::Check(format!("[{group}] is not a table of names")));
        };
        for (name, brief) in entries {
            let Some(brief) = brief.as_str() else {
                return Err(Failure::Check(format!("{name} needs a sentence")));
            };
            names.push((name.clone(), brief.to_owned()));
        }
    }
    names.sort();
    Ok(names)
}
