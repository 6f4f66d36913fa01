//! Reads the source files of the repository.

use crate::command::{command, output, root};
use crate::failure::Failure;

/// A source file.
pub(super) struct Source {
    /// The path from the root of the checkout.
    pub(super) path: String,
    pub(super) text: String,
}

/// Tracked files and new ones that are not ignored, without generated ones.
pub(super) fn all() -> Result<Vec<Source>, Failure> {
    let listed = output(&mut command(
        "git",
        &["ls-files", "--cached", "--others", "--exclude-standard"],
    ))?;
    let sources = listed.lines().filter(|path| is_source(path));
    Ok(sources
        .filter_map(|path| {
            // `None` when it is deleted, but still in the index.
            let text = std::fs::read_to_string(root().join(path)).ok()?;
            Some(Source {
                path: path.to_owned(),
                text,
            })
        })
        .collect())
}

fn is_source(path: &str) -> bool {
    let source = [".rs", ".ts", ".tsx", ".js", ".mjs", ".go", ".py", ".css"]
        .iter()
        .any(|ending| path.ends_with(ending));
    source && !path.contains("generated")
}
