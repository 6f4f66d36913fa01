//! Tests of the scripts that are written for the edge.

use super::*;
use brotli::reader::Decompressor;
use sha2::Sha256;
use std::io::Read as _;

/// A folder that is removed with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    /// The files of all versions.
    fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        for version in names(&self.0.join("files")).unwrap() {
            let names = names(&self.0.join("files").join(&version)).unwrap();
            files.extend(names.iter().map(|name| format!("{version}/{name}")));
        }
        files.sort_unstable();
        files
    }

    fn table(&self) -> String {
        fs::read_to_string(self.0.join("generated.rs")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A script as long as the real one whose lines differ by version.
fn script(version: u32) -> Vec<u8> {
    let line = |n: u32| format!("record({n},{});", n.wrapping_mul(2_654_435_761) ^ (n % 97));
    let lines: String = (0..500).map(line).collect();
    format!("!function(){{{lines}version={version}}}();").into_bytes()
}

#[test]
fn a_release_keeps_two_before_it_with_the_difference_to_each() {
    let folder = Folder::new("releases");
    for (version, number) in [("0.9.0", 1), ("0.10.0", 2), ("0.11.0", 3), ("0.12.0", 4)] {
        write(&folder.0, version, &script(number)).unwrap();
    }
    let hashes = [4, 3, 2].map(|number| hash(&script(number)));
    let mut expected = Vec::new();
    for version in ["0.10.0", "0.11.0", "0.12.0"] {
        expected.extend([format!("{version}/{BROTLI}"), format!("{version}/{GZIP}")]);
    }
    expected.extend(hashes.iter().map(|hash| format!("0.12.0/{hash}.dcb")));
    expected.sort_unstable();
    assert_eq!(folder.files(), expected);
    let table = folder.table();
    assert!(table.contains("[Script; 3]"), "{table}");
    let places: Vec<_> = hashes.iter().map(|hash| table.find(hash)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{table}");
    for (number, hash) in [4, 3, 2].into_iter().zip(hashes) {
        let path = folder.0.join("files/0.12.0").join(format!("{hash}.dcb"));
        let difference = fs::read(path).unwrap();
        let dictionary = script(number);
        assert_eq!(difference[..4], [0xff, 0x44, 0x43, 0x42]);
        assert_eq!(difference[4..36], Sha256::digest(&dictionary)[..]);
        let mut decoder =
            Decompressor::new_with_custom_dict(&difference[36..], 4096, dictionary.into());
        let mut text = Vec::new();
        decoder.read_to_end(&mut text).unwrap();
        assert!(text == script(4));
        assert!(difference.len() < 100, "{} bytes", difference.len());
    }
}

#[test]
fn a_script_between_releases_takes_the_place_of_that_of_its_version() {
    let folder = Folder::new("between");
    for (version, number) in [("0.1.0", 1), ("0.1.0", 2), ("0.2.0", 3), ("0.2.0", 4)] {
        write(&folder.0, version, &script(number)).unwrap();
    }
    let [first, current] = [2, 4].map(|number| hash(&script(number)));
    let mut expected = vec![
        format!("0.1.0/{BROTLI}"),
        format!("0.1.0/{GZIP}"),
        format!("0.2.0/{first}.dcb"),
        format!("0.2.0/{current}.dcb"),
        format!("0.2.0/{BROTLI}"),
        format!("0.2.0/{GZIP}"),
    ];
    expected.sort_unstable();
    assert_eq!(folder.files(), expected);
}

#[test]
fn a_release_is_newer_than_what_came_before_it() {
    let mut versions = ["0.9.0", "1.0.0", "0.10.0", "1.0.0-beta.1"];
    versions.sort_by_key(|version| Reverse(numbers(version)));
    assert_eq!(versions, ["1.0.0", "1.0.0-beta.1", "0.10.0", "0.9.0"]);
}

/// The scripts of two made-up versions, which tests of the edge serve, are what the task writes.
#[test]
fn the_fixture_is_what_is_written() {
    let fixture = root().join("tests/fixtures/scripts");
    let folder = Folder::new("fixture");
    for version in ["0.1.0", "0.2.0"] {
        let text = encode::read_gzip(&fixture.join("files").join(version).join(GZIP)).unwrap();
        write(&folder.0, version, &text).unwrap();
    }
    let mut files: Vec<_> = folder
        .files()
        .iter()
        .map(|file| format!("files/{file}"))
        .collect();
    files.push("generated.rs".to_owned());
    for file in files {
        let written = fs::read(folder.0.join(&file)).unwrap();
        if std::env::var_os("THROUGHLINE_UPDATE").is_some() {
            fs::write(fixture.join(&file), &written).unwrap();
        }
        assert!(fs::read(fixture.join(&file)).unwrap() == written, "{file}");
    }
}
