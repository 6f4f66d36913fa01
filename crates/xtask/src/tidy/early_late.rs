//! Checks that early code of the page never imports late code.
//!
//! Early is what an entry of the browser package or a `signals/*/early.ts` imports: a page
//! waits for it. Late is `signals/*/late.ts` and `delivery/`: a chunk that an entry loads by
//! a dynamic import. `script.ts` and `t.ts` alone contain both. A signal imports no other signal.

use super::source::Source;
use crate::command::root;
use crate::failure::Failure;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The violations in the imports of the page, one sentence each.
pub(super) fn check(sources: &[Source]) -> Result<Vec<String>, Failure> {
    let manifest = root().join(PACKAGE).join("package.json");
    let manifest = std::fs::read_to_string(&manifest).map_err(Failure::path(&manifest))?;
    let manifest: Value = serde_json::from_str(&manifest)
        .map_err(|error| Failure::Check(format!("{PACKAGE}/package.json: {error}")))?;
    let exports = manifest["exports"].as_object().into_iter().flatten();
    let entries = exports.map(|(key, _)| match key.strip_prefix("./") {
        Some(name) => format!("{name}.ts"),
        None => "index.ts".to_owned(),
    });
    let prefix = format!("{PACKAGE}/src/");
    let files = sources
        .iter()
        .filter_map(|source| Some((source.path.strip_prefix(&prefix)?, source.text.as_str())))
        .collect();
    let wrong = violations(&files, entries);
    Ok(wrong.iter().map(|text| format!("{prefix}{text}")).collect())
}

/// Files by their path below `src`.
type Files<'a> = BTreeMap<&'a str, &'a str>;

fn violations(files: &Files<'_>, entries: impl Iterator<Item = String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let measured = files.keys().copied().filter(|path| is_measured(path));
    let entries: BTreeSet<String> = entries
        .chain(measured.map(str::to_owned))
        .filter(|path| !WHOLE.contains(&path.as_str()))
        .collect();
    let mut early: BTreeSet<String> = files
        .keys()
        .filter(|&&path| entries.contains(path) || path.ends_with("/early.ts"))
        .map(|&path| path.to_owned())
        .collect();
    let mut unread: Vec<String> = early.iter().cloned().collect();
    while let Some(path) = unread.pop() {
        for target in static_imports(files, &path) {
            if is_late(&target) {
                wrong.push(format!(
                    "{path} imports {target}, which is late: early code gets it only by the dynamic import of an entry"
                ));
            } else if files.contains_key(target.as_str()) && early.insert(target.clone()) {
                unread.push(target);
            }
        }
    }
    for (&path, text) in files {
        if text.contains("import(") && !entries.contains(path) {
            wrong.push(format!(
                "{path} has a dynamic import: only an entry loads a chunk"
            ));
        }
        for target in static_imports(files, path) {
            if let (Some(own), Some(other)) = (signal(path), signal(&target))
                && own != other
            {
                wrong.push(format!(
                    "{path} imports {target}: what two signals share is in core/ or context/"
                ));
            }
        }
    }
    wrong
}

/// The files that a file imports or re-exports, types included, below `src`.
fn static_imports(files: &Files<'_>, path: &str) -> Vec<String> {
    let text = files.get(path).copied().unwrap_or_default();
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    // A statement may have several lines; its first one is not indented.
    let mut found = Vec::new();
    for keyword in ["import", "export"] {
        for (start, _) in text.match_indices(keyword) {
            if start > 0 && !text[..start].ends_with('\n') {
                continue;
            }
            let statement = text[start + keyword.len()..]
                .split_once(';')
                .map_or("", |(statement, _)| statement);
            if let Some(target) = specifier(statement) {
                found.push(resolve(folder, target));
            }
        }
    }
    found
}

/// The relative path at the end of `import … from "path"`, `import "path"` or
/// `export … from "path"`.
fn specifier(statement: &str) -> Option<&str> {
    let (before, quoted) = statement.trim_end().strip_suffix('"')?.rsplit_once('"')?;
    let before = before.trim();
    (before.is_empty() || before.ends_with("from"))
        .then_some(quoted)
        .filter(|path| path.starts_with('.'))
}

/// `./a.js` in `folder` is `folder/a.ts`.
fn resolve(folder: &str, target: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    path.strip_suffix(".js")
        .map_or_else(|| path.clone(), |stem| format!("{stem}.ts"))
}

fn is_late(path: &str) -> bool {
    path.ends_with("/late.ts") || path.starts_with("delivery/")
}

/// An entry that is not published, only measured.
fn is_measured(path: &str) -> bool {
    path.starts_with("compositions/") && path.ends_with("/index.ts")
}

/// The signal that a file belongs to.
fn signal(path: &str) -> Option<&str> {
    path.strip_prefix("signals/")?
        .split_once('/')
        .map(|(name, _)| name)
}

const PACKAGE: &str = "npm/browser";
/// The entries that contain everything in one file.
const WHOLE: [&str; 2] = ["script.ts", "t.ts"];

#[cfg(test)]
mod tests {
    use super::*;

    const TIDY: [(&str, &str); 5] = [
        (
            "index.ts",
            "import { make } from \"./client.js\";\nexport const init = () => make(() => import(\"./engine.js\"));\n",
        ),
        (
            "client.ts",
            "import {\n  early,\n} from \"./signals/errors/early.js\";\nexport const make = early;\n",
        ),
        (
            "engine.ts",
            "import { late } from \"./signals/errors/late.js\";\n",
        ),
        ("signals/errors/early.ts", "export const early = 1;\n"),
        (
            "signals/errors/late.ts",
            "import \"./early.js\";\nimport { start } from \"../../delivery/start.js\";\n",
        ),
    ];

    fn check_with(path: &'static str, text: &'static str) -> Vec<String> {
        let mut files = Files::from(TIDY);
        files.insert(path, text);
        violations(
            &files,
            ["index.ts", "script.ts"].map(str::to_owned).into_iter(),
        )
    }

    #[test]
    fn early_code_that_loads_late_code_dynamically_is_allowed() {
        assert_eq!(check_with("delivery/start.ts", ""), [""; 0]);
    }

    #[test]
    fn the_script_may_contain_late_code() {
        let script = "import { start } from \"./engine.js\";\nimport \"./index.js\";\n";
        assert_eq!(check_with("script.ts", script), [""; 0]);
    }

    #[test]
    fn an_early_file_that_imports_a_late_one_is_found() {
        for text in [
            "import { late } from \"./late.js\";\n",
            "import type { Late } from \"./late.js\";\n",
            "export {\n  late,\n} from \"./late.js\";\n",
            "export * from \"../../delivery/start.js\";\n",
            "import \"../../delivery/start.js\";\n",
        ] {
            let wrong = check_with("signals/errors/early.ts", text);
            assert_eq!(wrong.len(), 1, "{text}: {wrong:?}");
            assert!(wrong[0].starts_with("signals/errors/early.ts imports "));
        }
    }

    #[test]
    fn an_entry_that_reaches_late_code_through_another_file_is_found() {
        let wrong = check_with("client.ts", "import { start } from \"./engine.js\";\n");
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert!(wrong[0].starts_with("engine.ts imports signals/errors/late.ts"));
    }

    #[test]
    fn a_dynamic_import_outside_an_entry_is_found() {
        let wrong = check_with(
            "core/idle.ts",
            "const load = () => import(\"./late.js\");\n",
        );
        assert_eq!(wrong.len(), 1, "{wrong:?}");
    }

    #[test]
    fn a_signal_that_imports_another_is_found() {
        let text = "import { early } from \"../errors/early.js\";\n";
        assert_eq!(check_with("signals/requests/early.ts", text).len(), 1);
        assert_eq!(
            check_with(
                "signals/requests/early.ts",
                "import type { A } from \"../signal.js\";\n"
            )
            .len(),
            0
        );
    }
}
