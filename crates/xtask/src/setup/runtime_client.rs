//! Builds AWS's runtime client for Node, `aws-lambda-ric`, which runs functions on this machine.
//!
//! Its package compiles curl and a library of AWS's from the sources in it. npm runs no such
//! scripts here (npm 11 runs none that nobody approved, and earlier ones would run them for
//! whoever installs the project), so these are its steps.

use super::{Order, Step, stamp, stamp_is_fresh};
use crate::command::{command, output, root, run};
use crate::failure::Failure;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// The program that runs a handler.
pub(crate) fn program() -> PathBuf {
    package().join("bin/index.mjs")
}

/// The step that builds it.
pub(super) fn step() -> Step {
    let lock = vec![folder().join("package-lock.json")];
    let wanted = lock.clone();
    Step {
        what: "AWS's runtime client for Lambda (edge-worker/lambda/local/node_modules, compiled \
               in some minutes)"
            .to_owned(),
        order: Order::Beside,
        satisfied: Box::new(move || library().exists() && stamp_is_fresh(STAMP, &wanted)),
        install: Box::new(move || {
            build()?;
            stamp(STAMP, &lock)
        }),
    }
}

/// Does what its scripts `preinstall` and `postinstall` do, without downloads.
fn build() -> Result<(), Failure> {
    let (folder, package) = (folder(), package());
    run(command(
        "npm",
        &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    )
    .current_dir(&folder))?;
    // Its scripts call `make` without a number of jobs.
    let jobs = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let mut dependencies = command("sh", &["scripts/preinstall.sh"]);
    dependencies.env("MAKEFLAGS", format!("-j{jobs}"));
    output(dependencies.current_dir(&package))?;
    let gyp = folder.join("node_modules/.bin/node-gyp");
    let mut gyp = command(&gyp.to_string_lossy(), &["rebuild"]);
    gyp.args(["--jobs", "max"]);
    if let Some(headers) = node_headers() {
        gyp.arg("--nodedir").arg(headers);
    }
    output(gyp.current_dir(&package))?;
    let built = package.join("build/Release/rapid-client.node");
    std::fs::copy(&built, library()).map_err(Failure::path(&built))?;
    Ok(())
}

/// The folder of Node whose `include` has its headers; without them node-gyp downloads some.
fn node_headers() -> Option<PathBuf> {
    let program = output(&mut command("node", &["--print", "process.execPath"])).ok()?;
    let prefix = Path::new(program.trim()).parent()?.parent()?.to_owned();
    (prefix.join("include/node/node.h").exists()).then_some(prefix)
}

fn folder() -> PathBuf {
    root().join("edge-worker/lambda/local")
}

fn package() -> PathBuf {
    folder().join("node_modules/aws-lambda-ric")
}

fn library() -> PathBuf {
    package().join("dist/rapid-client.node")
}

const STAMP: &str = "lambda-runtime-client";
