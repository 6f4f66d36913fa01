//! Is every file short, and does its name say what it answers?

use crate::command::{command, output, root};
use crate::failure::Failure;

/// What is wrong with the files, a sentence each. A file that is only long is a
/// warning on the terminal.
#[expect(clippy::print_stdout, reason = "warnings are for the terminal")]
pub(super) fn check() -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    // Tracked files and new ones that are not ignored.
    let listed = output(&mut command(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ))?;
    for path in listed.lines().filter(|path| is_source(path)) {
        let Ok(text) = std::fs::read_to_string(root().join(path)) else {
            continue; // deleted, but not yet from the index
        };
        let lines = text.lines().count();
        lengths.push(lines);
        if lines > CEILING {
            wrong.push(format!("{path} has {lines} lines; {CEILING} is the most"));
        } else if lines > WARNING {
            println!("warning: {path} has {lines} lines; over {WARNING} is long");
        }
        if path == ENGINE && lines > ENGINE_CEILING {
            wrong.push(format!(
                "{path} has {lines} lines; {ENGINE_CEILING} is the most"
            ));
        }
        if path.ends_with(".rs") && !opens_with_its_question(path, &text) {
            wrong.push(format!("{path} does not open with a `//!` sentence"));
        }
        if let Some(word) = banned_word(path) {
            wrong.push(format!(
                "{path}: `{word}` says nothing about what the file answers"
            ));
        }
    }
    lengths.sort_unstable();
    if let Some(median) = lengths.get(lengths.len() / 2)
        && *median > MEDIAN
    {
        wrong.push(format!(
            "the median file has {median} lines; {MEDIAN} is the most"
        ));
    }
    Ok(wrong)
}

fn is_source(path: &str) -> bool {
    let source = [".rs", ".ts", ".tsx", ".js", ".mjs", ".go", ".py", ".css"]
        .iter()
        .any(|ending| path.ends_with(ending));
    source && !path.contains("generated")
}

/// A crate's tests and examples may open with an attribute first.
fn opens_with_its_question(path: &str, text: &str) -> bool {
    path.starts_with("fuzz/")
        || text
            .lines()
            .find(|line| !line.starts_with("#![") && !line.is_empty())
            .is_some_and(|line| line.starts_with("//!"))
}

fn banned_word(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.split('.').next().unwrap_or(name);
    BANNED
        .iter()
        .find(|word| stem.split(['_', '-']).any(|part| part == **word))
        .copied()
}

const MEDIAN: usize = 120;
const WARNING: usize = 400;
const CEILING: usize = 600;
const ENGINE: &str = "crates/throughline-browser/src/lib.rs";
const ENGINE_CEILING: usize = 150;
/// Words to keep out of names (CONTRIBUTING.md).
const BANNED: &[&str] = &[
    "manager", "helper", "helpers", "util", "utils", "common", "misc",
];
