//! Checks that the same sources make the same binary, wherever and whenever they are compiled.

use super::binaries::compile;
use super::checkout::Checkout;
use crate::command::{command, output, root};
use crate::failure::Failure;
use std::path::Path;

/// Compiles the production build from nothing in two folders, and compares the bytes.
pub(super) fn check(checkout: &Checkout) -> Result<(), Failure> {
    let [first, second] = FOLDERS.map(|folder| build_in(&root().join(folder), checkout));
    let (first, second) = (first?, second?);
    if first == second {
        println!("two builds have the same {} bytes", first.len());
        return Ok(());
    }
    let same = first.iter().zip(&second).take_while(|(a, b)| a == b);
    Err(Failure::Check(format!(
        "two builds of one tree differ: they have {} and {} bytes, and the first {} are the same",
        first.len(),
        second.len(),
        same.count()
    )))
}

/// The bytes of the binary that is compiled in a folder, which is removed.
fn build_in(folder: &Path, checkout: &Checkout) -> Result<Vec<u8>, Failure> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).map_err(Failure::path(folder))?;
    }
    let list = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let files = output(&mut command("git", &list))?;
    for file in files.split_terminator('\0') {
        let (from, to) = (root().join(file), folder.join(file));
        let above = to.parent().unwrap_or(folder);
        std::fs::create_dir_all(above).map_err(Failure::path(above))?;
        // A file that was removed is still listed.
        if from.is_file() {
            std::fs::copy(&from, &to).map_err(Failure::path(&from))?;
        }
    }
    let built = compile(folder, checkout, &["--no-default-features"])?;
    let bytes = std::fs::read(&built).map_err(Failure::path(&built))?;
    std::fs::remove_dir_all(folder).map_err(Failure::path(folder))?;
    Ok(bytes)
}

/// Of different lengths: a path that is left in the binary moves what is behind it.
const FOLDERS: [&str; 2] = [
    "target/reproducible/one",
    "target/reproducible/elsewhere/two",
];
