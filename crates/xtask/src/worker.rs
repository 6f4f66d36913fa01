//! How is the Cloudflare Worker built?
//!
//! cargo → wasm-bindgen → wasm-opt → esbuild, into `edge-worker/cloudflare/build`:
//! `index.js` and `index_bg.wasm`, which `wrangler deploy` uploads and workerd runs.
//! Everything it needs comes from crates.io and npm.

use crate::command::{self, root};
use crate::failure::Failure;
use crate::setup::{self, Needs};
use crate::wasm_module::{bind, compile, is_stale, npm_program, print_sizes, shrink};
use std::fs::File;
use std::path::{Path, PathBuf};

/// `cargo xtask worker`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage(
            "cargo xtask worker builds edge-worker/cloudflare/build and takes no arguments"
                .to_owned(),
        ));
    }
    let folder = build(Variant::Shipped)?;
    let sizes = print_sizes(&[folder.join(SCRIPT), folder.join(MODULE)])?;
    if sizes.gzip > BUDGET {
        return Err(Failure::Check(format!(
            "the Worker has {} bytes after gzip; its budget is {BUDGET}",
            sizes.gzip
        )));
    }
    Ok(())
}

/// Which Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// What is deployed.
    Shipped,
    /// With a route that panics, for the test of what a panic does. Built quickly.
    PanicRoute,
}

/// Builds what is stale and says where `index.js` and `index_bg.wasm` lie.
pub(crate) fn build(variant: Variant) -> Result<PathBuf, Failure> {
    let package = root().join("edge-worker/cloudflare");
    let work = root().join("target/worker").join(variant.name());
    let folder = match variant {
        Variant::Shipped => package.join("build"),
        Variant::PanicRoute => work.join("build"),
    };
    for path in [&work, &folder] {
        std::fs::create_dir_all(path).map_err(Failure::path(path))?;
    }
    if !root().join("node_modules/workerd").exists() {
        setup::run_for(Needs::Build)?;
    }
    // Tests build the same Worker side by side.
    let lock = work.join("lock");
    let lock = File::create(&lock).map_err(Failure::path(&lock))?;
    lock.lock().map_err(Failure::path(&work))?;

    let compiled = match variant {
        Variant::Shipped => compile(PACKAGE, "wasm", &[], &[])?,
        Variant::PanicRoute => compile(PACKAGE, "dev", &["--features", "panic-route"], &[])?,
    };
    let shim = package.join("src/shim.js");
    let module = folder.join(MODULE);
    if is_stale(&module, &[&compiled, &shim]) {
        assemble(variant, &compiled, &shim, &work, &folder)?;
    }
    Ok(folder)
}

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Self::Shipped => "shipped",
            Self::PanicRoute => "panic-route",
        }
    }
}

/// The module is put in its place last: it is what says whether all is fresh.
fn assemble(
    variant: Variant,
    compiled: &Path,
    shim: &Path,
    work: &Path,
    folder: &Path,
) -> Result<(), Failure> {
    let bound = work.join("bound");
    // Snippets have hashes in their names; those of earlier builds must not pile up.
    if bound.exists() {
        std::fs::remove_dir_all(&bound).map_err(Failure::path(&bound))?;
    }
    let flags = ["--target", "module", "--reset-state", "--out-name", "edge"];
    bind(compiled, &bound, &flags)?;
    let glue = bound.join("edge.js");
    load_as_workers_do(&glue)?;

    let mut finished = bound.join("edge_bg.wasm");
    if variant == Variant::Shipped {
        let smaller = work.join(MODULE);
        shrink(&finished, &smaller, &["-Oz"])?;
        finished = smaller;
    }
    command::run(
        npm_program("esbuild")
            .arg(shim)
            .arg(format!("--alias:edge={}", glue.display()))
            .arg(format!("--external:./{MODULE}"))
            .arg(format!("--outfile={}", folder.join(SCRIPT).display()))
            .args(["--bundle", "--format=esm", "--minify", "--target=es2024"])
            .arg("--log-level=warning"),
    )?;
    let module = folder.join(MODULE);
    std::fs::rename(&finished, &module).map_err(Failure::path(&module))
}

/// wasm-bindgen writes `import source`, the standard's way to a `WebAssembly.Module`.
/// In Workers a plain import gives one, and neither esbuild nor wrangler knows the other.
/// <https://developers.cloudflare.com/workers/runtime-apis/webassembly/javascript/>
fn load_as_workers_do(glue: &Path) -> Result<(), Failure> {
    let text = std::fs::read_to_string(glue).map_err(Failure::path(glue))?;
    let import = r#"import source wasmModule from "./edge_bg.wasm";"#;
    if !text.contains(import) {
        return Err(Failure::Check(format!(
            "{} does not load its module as expected: has wasm-bindgen changed?",
            glue.display()
        )));
    }
    let text = text.replace(import, &format!(r#"import wasmModule from "./{MODULE}";"#));
    std::fs::write(glue, text).map_err(Failure::path(glue))
}

const PACKAGE: &str = "throughline-cloudflare";
/// The Worker's JavaScript.
pub(crate) const SCRIPT: &str = "index.js";
/// The Worker's WebAssembly.
pub(crate) const MODULE: &str = "index_bg.wasm";
/// Bytes after gzip. Cloudflare's free plan takes three times as many.
/// <https://developers.cloudflare.com/workers/platform/limits/#worker-size>
const BUDGET: u64 = 1_000_000;
