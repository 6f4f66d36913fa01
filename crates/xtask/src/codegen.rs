//! What do two languages have to agree on?
//!
//! `registry.toml` → `throughline-semconv/src/generated.rs` and
//! `npm/browser/src/generated/semconv.ts`. Both are committed; `check` fails when
//! they are not what the registry says.

use crate::command::root;
use crate::failure::Failure;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Writes the generated files.
pub(crate) fn run() -> Result<(), Failure> {
    for (path, text) in generated()? {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::path(folder))?;
        }
        std::fs::write(&path, text).map_err(Failure::path(&path))?;
    }
    Ok(())
}

/// Fails when a generated file differs from what the registry says.
pub(crate) fn check() -> Result<(), Failure> {
    for (path, text) in generated()? {
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            return Err(Failure::Check(format!(
                "{} is not what registry.toml says: run `cargo xtask codegen` and commit it",
                path.display()
            )));
        }
    }
    Ok(())
}

fn generated() -> Result<Vec<(PathBuf, String)>, Failure> {
    let names = registry()?;
    let mut rust = String::from("// Generated from registry.toml by `cargo xtask codegen`.\n");
    let mut typescript = rust.clone();
    for (name, brief) in &names {
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
    let root = root();
    Ok(vec![
        (
            root.join("crates/throughline-semconv/src/generated.rs"),
            rust,
        ),
        (
            root.join("npm/browser/src/generated/semconv.ts"),
            typescript,
        ),
    ])
}

/// What a name is called in code.
pub(crate) fn constant(name: &str) -> String {
    name.to_uppercase().replace(['.', '-'], "_")
}

/// Every name with its sentence, sorted.
pub(crate) fn registry() -> Result<Vec<(String, String)>, Failure> {
    let path = root().join("crates/throughline-semconv/registry.toml");
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    let table: toml::Table = text
        .parse()
        .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))?;
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
