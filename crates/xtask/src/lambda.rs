//! `cargo xtask lambda`: builds the function for AWS Lambda.
//!
//! cargo → wasm-bindgen → wasm-opt → esbuild, into `edge-worker/lambda/build`: `index.mjs`,
//! `edge_bg.wasm`, and both in `throughline-lambda.zip`, which is uploaded. All tools come from
//! crates.io and npm.

use crate::command::{self, command, root};
use crate::failure::Failure;
use crate::setup::{self, Needs};
use crate::wasm_module::{bind, compile, is_stale, npm_program, print_sizes, shrink};
use std::fs::File;
use std::path::{Path, PathBuf};

/// `cargo xtask lambda`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage(
            "cargo xtask lambda builds edge-worker/lambda/build and takes no arguments".to_owned(),
        ));
    }
    let folder = build()?;
    print_sizes(&[folder.join(SCRIPT), folder.join(MODULE)])?;
    let archive = folder.join(ARCHIVE);
    let size = archive.metadata().map_err(Failure::path(&archive))?.len();
    print(&format!("{ARCHIVE:<28} {size:>9}"));
    if size > BUDGET {
        return Err(Failure::Check(format!(
            "the function's zip has {size} bytes; its budget is {BUDGET}"
        )));
    }
    Ok(())
}

/// Builds what is stale and returns the folder of `index.mjs`, `edge_bg.wasm` and the zip.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    let package = root().join("edge-worker/lambda");
    let (work, folder) = (root().join("target/lambda"), package.join("build"));
    for path in [&work, &folder] {
        std::fs::create_dir_all(path).map_err(Failure::path(path))?;
    }
    if !root().join("node_modules/esbuild").exists() {
        setup::run_for(Needs::Build)?;
    }
    // Tests build the same function at the same time.
    let lock = work.join("lock");
    let lock = File::create(&lock).map_err(Failure::path(&lock))?;
    lock.lock().map_err(Failure::path(&work))?;

    let compiled = compile(PACKAGE, "wasm", &[], &[])?;
    let scripts = SCRIPTS.map(|name| package.join("src").join(name));
    let mut sources: Vec<&Path> = scripts.iter().map(PathBuf::as_path).collect();
    sources.push(&compiled);
    if is_stale(&folder.join(ARCHIVE), &sources) {
        assemble(&compiled, &package, &work, &folder)?;
    }
    Ok(folder)
}

/// The zip is written last: its time decides whether the build is stale.
fn assemble(compiled: &Path, package: &Path, work: &Path, folder: &Path) -> Result<(), Failure> {
    let bound = work.join("bound");
    // Snippets have hashes in their names; remove those of earlier builds.
    if bound.exists() {
        std::fs::remove_dir_all(&bound).map_err(Failure::path(&bound))?;
    }
    // The target for Node cannot make a new instance after a trap.
    let flags = ["--target", "web", "--reset-state", "--out-name", "edge"];
    bind(compiled, &bound, &flags)?;
    let module = folder.join(MODULE);
    shrink(&bound.join(MODULE), &module, &["-Oz"])?;
    let script = folder.join(SCRIPT);
    let queue = package.join("src/message-queue.mjs");
    command::run(
        npm_program("esbuild")
            .arg(package.join("src/index.mjs"))
            .arg(format!("--alias:edge={}", bound.join("edge.js").display()))
            .arg(format!("--alias:message-queue={}", queue.display()))
            .arg(format!("--outfile={}", script.display()))
            .args(["--bundle", "--format=esm", "--platform=node", "--minify"])
            .args(["--target=node20", "--log-level=warning"]),
    )?;
    command::run(
        command("node", &[])
            .arg(package.join("zip.mjs"))
            .arg(folder.join(ARCHIVE))
            .args([script, module]),
    )
}

#[expect(clippy::print_stdout, reason = "sizes are for the terminal")]
fn print(line: &str) {
    println!("{line}");
}

const PACKAGE: &str = "throughline-lambda";
/// The JavaScript that is bundled, of `edge-worker/lambda/src`.
const SCRIPTS: [&str; 12] = [
    "aws/client.mjs",
    "aws/s3.mjs",
    "aws/sign.mjs",
    "aws/sqs.mjs",
    "index.mjs",
    "configuration.mjs",
    "consumer.mjs",
    "function-url.mjs",
    "lines.mjs",
    "message-queue.mjs",
    "origin-event.mjs",
    "platform.js",
];
/// The function's JavaScript.
pub(crate) const SCRIPT: &str = "index.mjs";
/// The function's WebAssembly.
pub(crate) const MODULE: &str = "edge_bg.wasm";
const ARCHIVE: &str = "throughline-lambda.zip";
/// Bytes of the zip, less than the 1 MB that Lambda@Edge allows a function.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-lambda-at-edge>
const BUDGET: u64 = 700_000;
