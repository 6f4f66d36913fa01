//! Checks that every Rust file is compiled: cargo says nothing of a test that no file declares.

use super::metadata;
use super::source::Source;
use crate::command::root;
use crate::failure::Failure;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The violations, one sentence each.
pub(super) fn check(sources: &[Source]) -> Result<Vec<String>, Failure> {
    let packages = metadata::packages(&["--no-deps"])?;
    Ok(undeclared(sources, &roots(&packages)))
}

/// The files that cargo compiles, as paths from the root of the checkout.
fn roots(packages: &[Value]) -> BTreeSet<PathBuf> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let targets = packages
        .iter()
        .flat_map(|package| list(&package["targets"]));
    targets
        .filter_map(|target| {
            let path = Path::new(target["src_path"].as_str()?);
            Some(path.strip_prefix(root()).ok()?.to_owned())
        })
        .collect()
}

fn undeclared(sources: &[Source], roots: &BTreeSet<PathBuf>) -> Vec<String> {
    let declared: BTreeSet<PathBuf> = sources.iter().flat_map(declarations).collect();
    sources
        .iter()
        .map(|source| source.path.as_str())
        .filter(|path| path.ends_with(".rs"))
        .filter(|path| !OWN_WORKSPACES.iter().any(|own| path.starts_with(own)))
        .filter(|path| {
            let path = Path::new(path);
            !roots.contains(path) && !declared.contains(path)
        })
        .map(|path| format!("{path} is compiled nowhere: declare it with `mod`"))
        .collect()
}

/// The files that the modules of a file may be in. A module of a file that is no root is beside
/// it where the file is `mod.rs`, which every file with modules here is.
fn declarations(Source { path, text }: &Source) -> Vec<PathBuf> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(place) = between(line, "#[path = \"", "\"]") {
            files.push(joined(folder, place));
        }
        let line = line.split_once("mod ").filter(|(before, _)| {
            before.is_empty() || before.starts_with("pub ") || before.starts_with("pub(")
        });
        if let Some(name) = line.and_then(|(_, name)| name.strip_suffix(';')) {
            files.push(folder.join(format!("{name}.rs")));
            files.push(folder.join(name).join("mod.rs"));
        }
    }
    files
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    line.strip_prefix(before)?.strip_suffix(after)
}

/// `folder/place`, without `..`.
fn joined(folder: &Path, place: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in place.split('/') {
        match part {
            ".." => _ = path.pop(),
            part => path.push(part),
        }
    }
    path
}

/// Examples, fuzz targets and the measurement of look-ups, which cargo lists in workspaces of their own.
const OWN_WORKSPACES: [&str; 3] = ["examples/", "fuzz/", "tests/bench/symbolication/"];

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        let (path, text) = (path.to_owned(), text.to_owned());
        Source { path, text }
    }

    #[test]
    fn a_test_that_no_file_declares_is_named() {
        let roots = BTreeSet::from(["a/tests/all.rs".into(), "a/src/lib.rs".into()]);
        let mut sources = vec![
            source("a/src/lib.rs", "pub mod one;\npub(crate) mod two;"),
            source(
                "a/src/one.rs",
                "#[path = \"../tests/shared/mod.rs\"]\nmod shared;",
            ),
            source("a/src/two/mod.rs", "mod tests {\n    use super::*;\n}"),
            source("a/tests/all.rs", "mod queue;"),
            source("a/tests/queue.rs", ""),
            source("a/tests/shared/mod.rs", ""),
            source("fuzz/fuzz_targets/queue.rs", ""),
        ];
        assert_eq!(undeclared(&sources, &roots), [""; 0]);
        sources.push(source("a/tests/lost.rs", "// mod lost;"));
        assert_eq!(
            undeclared(&sources, &roots),
            ["a/tests/lost.rs is compiled nowhere: declare it with `mod`"]
        );
    }
}
