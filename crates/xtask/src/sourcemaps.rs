//! Builds the WebAssembly module with which `npm/vite-plugin` makes indexes of source maps.
//!
//! cargo → wasm-bindgen → wasm-opt → `npm/vite-plugin/dist/sourcemaps`, then a table of sizes.

use crate::command::root;
use crate::failure::Failure;
use crate::setup::{self, Needs};
use crate::wasm_module::{bind, compile, is_stale, print_sizes, shrink};
use std::path::PathBuf;

/// `cargo xtask sourcemaps`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage(
            "cargo xtask sourcemaps builds npm/vite-plugin/dist/sourcemaps and takes no arguments"
                .to_owned(),
        ));
    }
    build()?;
    print_sizes(&[folder().join(SCRIPT), folder().join(MODULE)])?;
    Ok(())
}

/// Builds what is stale of the module.
pub(crate) fn build() -> Result<(), Failure> {
    if !root().join("node_modules/rolldown").exists() {
        setup::run_for(Needs::Build)?;
    }
    let compiled = compile(PACKAGE, PROFILE, &FLAGS, &CODEGEN)?;
    let module = folder().join(MODULE);
    if !is_stale(&module, &[&compiled]) {
        return Ok(());
    }
    let bound = root().join("target/sourcemaps");
    let flags = ["--target", "web", "--out-name", "writer", "--reset-state"];
    bind(&compiled, &bound, &flags)?;
    std::fs::create_dir_all(folder()).map_err(Failure::path(&folder()))?;
    let script = bound.join(SCRIPT);
    std::fs::copy(&script, folder().join(SCRIPT)).map_err(Failure::path(&script))?;
    shrink(&bound.join(MODULE), &module, &["-O3"])
}

fn folder() -> PathBuf {
    root().join("npm/vite-plugin/dist/sourcemaps")
}

const PACKAGE: &str = "throughline-sourcemap-wasm";
const SCRIPT: &str = "writer.js";
const MODULE: &str = "writer_bg.wasm";

/// The module is loaded from a disk, once in a build: speed counts, and size less than in a page.
const PROFILE: &str = "sourcemaps";
const FLAGS: [&str; 4] = [
    "--config",
    "profile.sourcemaps.inherits='wasm'",
    "--config",
    "profile.sourcemaps.opt-level=2",
];

/// The parser goes down into what is nested in a script: the stack is that of a native program.
const CODEGEN: [&str; 1] = ["-Clink-arg=-zstack-size=8388608"];
