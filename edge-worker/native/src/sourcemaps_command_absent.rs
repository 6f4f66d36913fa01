//! Replaces `throughline sourcemaps` in a build without the feature `sourcemaps`.

use std::ffi::OsString;

/// Why there is no such command. The operator chose this build.
#[derive(Debug, thiserror::Error)]
#[error(
    "this build does not read source maps; build one that does with `cargo build --release -p throughline`, without --no-default-features"
)]
pub(crate) struct SourcemapsError;

pub(crate) fn run(_: Vec<OsString>) -> Result<(), SourcemapsError> {
    Err(SourcemapsError)
}

pub(crate) const HELP: &str = "\
throughline sourcemaps
    Not in this build. Build it with the cargo feature `sourcemaps`, which is on by default:
    `cargo build --release -p throughline`.
";
