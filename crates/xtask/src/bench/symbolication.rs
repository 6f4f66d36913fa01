//! Measurements of look-ups in indexes of source maps: `cargo xtask bench symbolication`.

use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use crate::serve::wrangler;
use crate::setup::{Needs, run_for};
use crate::worker::{self, Variant};
use std::path::Path;

/// `cargo xtask bench symbolication`
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let measures_worker = match arguments {
        [] => false,
        [flag] if flag == "--worker" => true,
        _ => {
            println!("{HELP}");
            return Ok(());
        }
    };
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
    run_command(&mut measure)?;
    match measures_worker {
        true => measure_worker(&folder),
        false => Ok(()),
    }
}

/// Measures look-ups of the Worker, in the index that was made.
fn measure_worker(folder: &Path) -> Result<(), Failure> {
    run_for(Needs::Wrangler)?;
    let built = worker::build(Variant::Shipped)?;
    let mut measure = command("node", &["tests/bench/symbolication/worker.mjs"]);
    measure.arg(folder).arg(built).arg(wrangler::file());
    run_command(measure.env("WRANGLER_SEND_METRICS", "false"))
}

const HELP: &str = "\
cargo xtask bench symbolication

Makes the indexes of the maps of a bundle of packages and of one whose map has 20 megabytes, by
this project and by symbolic-sourcemapcache, and prints their sizes, the microseconds per frame
and the bytes that are read, cold and warm, with ratios.

  --worker   measure the Worker too, with the second map: the CPU time of an exception, what is
             read for it, and the memory of the isolate";
