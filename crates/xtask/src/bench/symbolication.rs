//! Measurements of look-ups in indexes of source maps: `cargo xtask bench symbolication`.

use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use crate::setup::{Needs, run_for};

/// `cargo xtask bench symbolication`
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        println!("{HELP}");
        return Ok(());
    }
    if !root().join("node_modules/esbuild").exists() {
        run_for(Needs::Test)?;
    }
    let folder = root().join("target/bench/symbolication");
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let mut build = command("node", &["tests/bench/symbolication/build.mjs"]);
    run_command(build.arg(&folder))?;
    let manifest = "tests/bench/symbolication/Cargo.toml";
    let arguments = ["run", "--quiet", "--release", "--manifest-path", manifest];
    let mut measure = command("cargo", &arguments);
    measure.arg("--target-dir").arg(folder.join("target"));
    measure.arg("--");
    for script in ["app.min.js", "large.min.js"] {
        measure.arg(folder.join(script));
    }
    run_command(&mut measure)
}

const HELP: &str = "\
cargo xtask bench symbolication

Makes the indexes of the maps of a bundle of packages and of one whose map has 20 megabytes, by
this project and by symbolic-sourcemapcache, and prints their sizes, the microseconds per frame
and the bytes that are read, cold and warm, with ratios. Takes no arguments.";
