//! Checks the length of every file.

use super::source::Source;

/// The violations, one sentence each. A file that is long, but not too long, is a warning
/// on the terminal.
#[expect(clippy::print_stdout, reason = "warnings are for the terminal")]
pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    for Source { path, text } in sources {
        let lines = text.lines().count();
        lengths.push(lines);
        if lines > MAX_LINES {
            wrong.push(format!("{path} has {lines} lines; {MAX_LINES} is the most"));
        } else if lines > WARNING {
            println!("warning: {path} has {lines} lines; over {WARNING} is long");
        }
        if path == ENGINE && lines > MAX_ENGINE_LINES {
            wrong.push(format!(
                "{path} has {lines} lines; {MAX_ENGINE_LINES} is the most"
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
    wrong
}

const MEDIAN: usize = 120;
const WARNING: usize = 400;
const MAX_LINES: usize = 600;
const ENGINE: &str = "crates/throughline-browser/src/lib.rs";
const MAX_ENGINE_LINES: usize = 150;
