//! Generates the table of backends' facts and its page of the documentation from the files of
//! `throughline-edge/src/config/presets`.

mod markdown;
mod model;
mod rust;

use super::{Generated, read};
use crate::command::root;
use crate::failure::Failure;
use model::Preset;
use std::path::Path;

/// The table in Rust, and `docs/backends.md`.
pub(super) fn generated() -> Result<[Generated; 2], Failure> {
    let presets = presets()?;
    let is_there = |folder: &str, name: &str| root().join(folder).join(name).is_dir();
    Ok([
        Generated {
            path: "crates/throughline-edge/src/config/presets/generated.rs",
            source: FOLDER,
            text: rust::table(&presets),
        },
        Generated {
            path: "docs/backends.md",
            source: FOLDER,
            text: markdown::page(&presets, |name| is_there(VENDORS, name)),
        },
    ])
}

/// All presets, by name.
fn presets() -> Result<Vec<Preset>, Failure> {
    let folder = root().join(FOLDER);
    let files = std::fs::read_dir(&folder).map_err(Failure::path(&folder))?;
    let mut names: Vec<String> = files
        .filter_map(|file| {
            Some(
                file.ok()?
                    .file_name()
                    .to_str()?
                    .strip_suffix(".toml")?
                    .into(),
            )
        })
        .collect();
    names.sort();
    let mut presets = Vec::new();
    for name in names {
        let file = format!("{FOLDER}/{name}.toml");
        let preset = Preset::read(&name, &read(Path::new(&file))?);
        presets.push(preset.map_err(|why| Failure::Check(format!("{file}: {why}")))?);
    }
    Ok(presets)
}

/// A file for each preset.
const FOLDER: &str = "crates/throughline-edge/src/config/presets";
/// A folder for each backend whose rules a stand-in enforces.
const VENDORS: &str = "tests/cases/vendors";
