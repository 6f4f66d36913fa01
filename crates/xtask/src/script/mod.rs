//! The scripts that the edge serves as `t.js`, written into the crate `throughline-edge`.
//!
//! `cargo xtask script` compresses `npm/browser/dist/t.iife.js` into `files/<version>` and writes
//! the table of all versions. The folder of another version is a release's: its script stays, so
//! that a page that has its address with `integrity` gets the same bytes after a deployment, and a
//! browser that has it gets the difference to the current one.

mod encode;
mod table;

use crate::command::root;
use crate::failure::Failure;
use crate::wasm;
use serde_json::Value;
use sha2::{Digest, Sha384};
use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

/// `cargo xtask script`
pub(crate) fn run() -> Result<(), Failure> {
    wasm::build()?;
    write(&folder(), &version()?, &read(&built())?)
}

/// Fails where the edge would serve another script than the package has.
pub(crate) fn check() -> Result<(), Failure> {
    let version = version()?;
    let embedded = encode::read_gzip(&folder().join("files").join(&version).join(GZIP));
    if embedded.ok().as_deref() == Some(&*read(&built())?) {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "the edge would serve another t.js than npm/browser/dist has ({version}): run `cargo xtask script` and commit it"
    )))
}

/// Writes the files of a version, the differences to it, and the table.
fn write(folder: &Path, version: &str, script: &[u8]) -> Result<(), Failure> {
    let files = folder.join("files");
    let place = files.join(version);
    clear(&place)?;
    save(&place.join(BROTLI), &encode::brotli(script, &[]))?;
    save(&place.join(GZIP), &encode::gzip(script))?;
    let mut versions = others(&files, version)?;
    for old in versions.drain(versions.len().min(MOST - 1)..) {
        remove(&files.join(old))?;
    }
    for other in &versions {
        // Only the current script is asked for by those who have another.
        clear_differences(&files.join(other))?;
    }
    versions.insert(0, version.to_owned());
    let mut scripts = Vec::new();
    for version in versions {
        let text = encode::read_gzip(&files.join(&version).join(GZIP))?;
        let hash = hash(&text);
        let name = format!("{hash}{DIFFERENCE}");
        save(&place.join(&name), &encode::difference(&text, script))?;
        scripts.push(table::Row {
            version,
            hash,
            integrity: format!("sha384-{}", encode::base64(&Sha384::digest(&text))),
        });
    }
    save(&folder.join("generated.rs"), table::of(&scripts).as_bytes())
}

/// The folders of other versions, the newest first.
fn others(files: &Path, version: &str) -> Result<Vec<String>, Failure> {
    let mut others = names(files)?;
    others.retain(|other| other != version);
    others.sort_by_key(|version| Reverse(numbers(version)));
    Ok(others)
}

/// The numbers in a version, and what is behind them: `0.10.0` is newer than `0.9.0`.
fn numbers(version: &str) -> (Vec<u64>, bool) {
    let (release, is_release) = match version.split_once('-') {
        Some((release, _)) => (release, false),
        None => (version, true),
    };
    let numbers = release.split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.collect(), is_release)
}

/// The digits in a script's address.
fn hash(text: &[u8]) -> String {
    let digest = Sha384::digest(text);
    digest
        .iter()
        .take(8)
        .fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
}

fn clear_differences(place: &Path) -> Result<(), Failure> {
    for name in names(place)? {
        if name.ends_with(DIFFERENCE) {
            let path = place.join(name);
            fs::remove_file(&path).map_err(Failure::path(path))?;
        }
    }
    Ok(())
}

/// Makes an empty folder of this path.
fn clear(place: &Path) -> Result<(), Failure> {
    if place.exists() {
        remove(place)?;
    }
    fs::create_dir_all(place).map_err(Failure::path(place))
}

fn remove(folder: &Path) -> Result<(), Failure> {
    fs::remove_dir_all(folder).map_err(Failure::path(folder))
}

fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(folder).map_err(Failure::path(folder))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names
        .collect::<Result<_, _>>()
        .map_err(Failure::path(folder))
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(Failure::path(path))
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(Failure::path(path))
}

/// The version of the browser package, which is that of the script.
fn version() -> Result<String, Failure> {
    let path = root().join("npm/browser/package.json");
    let package: Value = serde_json::from_slice(&read(&path)?)
        .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))?;
    let version = package.get("version").and_then(Value::as_str);
    let missing = || Failure::Check(format!("{} has no version", path.display()));
    version.map(str::to_owned).ok_or_else(missing)
}

fn built() -> PathBuf {
    root().join("npm/browser/dist/t.iife.js")
}

fn folder() -> PathBuf {
    root().join("crates/throughline-edge/src/script")
}

/// Versions that are served: the current one, and releases before it.
const MOST: usize = 3;
const BROTLI: &str = "t.js.br";
const GZIP: &str = "t.js.gz";
/// The end of a file's name that has the difference between the script of a hash and the one beside it.
const DIFFERENCE: &str = ".dcb";

#[cfg(test)]
mod tests;
