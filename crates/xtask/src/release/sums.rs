//! Checksums of the artifacts.

use crate::failure::Failure;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;

/// The name of the file with all of them, in the format of `sha256sum --check`.
pub(super) const FILE: &str = "SHA256SUMS";

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        // To a string; it cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Name and SHA-256 of each file in `folder`, by name.
pub(super) fn of(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let mut sums = Vec::new();
    for name in names(folder)? {
        let path = folder.join(&name);
        let bytes = std::fs::read(&path).map_err(Failure::path(&path))?;
        sums.push((name, sha256(&bytes)));
    }
    Ok(sums)
}

/// Name and size in bytes of each file in `folder`, by name.
pub(super) fn sizes(folder: &Path) -> Result<Vec<(String, u64)>, Failure> {
    let size = |name: String| {
        let path = folder.join(&name);
        let found = path.metadata().map_err(Failure::path(&path))?;
        Ok((name, found.len()))
    };
    names(folder)?.into_iter().map(size).collect()
}

/// Writes the checksums of all files in `folder`.
pub(super) fn write(folder: &Path) -> Result<(), Failure> {
    let lines: String = of(folder)?
        .into_iter()
        .map(|(name, sum)| format!("{sum}  {name}\n"))
        .collect();
    let file = folder.join(FILE);
    std::fs::write(&file, lines).map_err(Failure::path(&file))
}

fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let listed = std::fs::read_dir(folder).map_err(Failure::path(folder))?;
    let mut names = listed
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(Failure::path(folder))?;
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of FIPS 180-2.
    #[test]
    fn a_checksum_is_in_hexadecimal() {
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
