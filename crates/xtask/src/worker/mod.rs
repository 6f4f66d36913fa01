//! `cargo xtask worker`: builds the Cloudflare Worker.
//!
//! cargo → wasm-bindgen → wasm-opt → esbuild, into `edge-worker/cloudflare/build`:
//! `index.js` and `index_bg.wasm`, which `wrangler deploy` uploads and workerd runs.
//! All tools come from crates.io and npm.

mod button;

use crate::command::{self, root};
use crate::failure::Failure;
use crate::setup::{self, Needs};
use crate::wasm_module::{bind, compile, is_stale, npm_program, print_sizes, shrink};
use std::fs::File;
use std::path::{Path, PathBuf};

/// `cargo xtask worker`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let button = match arguments {
        [] => None,
        [flag, folder] if flag == "--button" => Some(Path::new(folder)),
        _ => {
            return Err(Failure::Usage(
                "cargo xtask worker [--button FOLDER] builds edge-worker/cloudflare/build; FOLDER \
                 is what a button \"Deploy to Cloudflare\" takes"
                    .to_owned(),
            ));
        }
    };
    let folder = build(Variant::Shipped)?;
    let sizes = print_sizes(&[folder.join(SCRIPT), folder.join(MODULE)])?;
    if sizes.gzip > BUDGET {
        return Err(Failure::Check(format!(
            "the Worker has {} bytes after gzip; its budget is {BUDGET}",
            sizes.gzip
        )));
    }
    button.map_or(Ok(()), |button| button::write(&folder, button))
}

/// The variant of the Worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// The deployed Worker.
    Shipped,
    /// A Worker with a route that panics, for the test of panics. Built quickly.
    PanicRoute,
}

/// Builds what is stale and returns the folder of `index.js` and `index_bg.wasm`.
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
    // Tests build the same Worker at the same time.
    let lock = work.join("lock");
    let lock = File::create(&lock).map_err(Failure::path(&lock))?;
    lock.lock().map_err(Failure::path(&work))?;

    let compiled = match variant {
        Variant::Shipped => compile(PACKAGE, "wasm", &[], &[])?,
        Variant::PanicRoute => compile(PACKAGE, "dev", &["--features", "panic-route"], &[])?,
    };
    let scripts = SCRIPTS.map(|script| package.join("src").join(script));
    let module = folder.join(MODULE);
    let mut sources = vec![compiled.as_path()];
    sources.extend(scripts.iter().map(PathBuf::as_path));
    if is_stale(&module, &sources) {
        assemble(variant, &compiled, &scripts[0], &work, &folder)?;
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

/// The module is moved into place last: its time decides whether the build is stale.
fn assemble(
    variant: Variant,
    compiled: &Path,
    shim: &Path,
    work: &Path,
    folder: &Path,
) -> Result<(), Failure> {
    let bound = work.join("bound");
    // Snippets have hashes in their names; remove those of earlier builds.
    if bound.exists() {
        std::fs::remove_dir_all(&bound).map_err(Failure::path(&bound))?;
    }
    let flags = ["--target", "module", "--reset-state", "--out-name", "edge"];
    bind(compiled, &bound, &flags)?;
    let glue = bound.join("edge.js");
    import_as_workers_do(&glue)?;

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

/// wasm-bindgen writes `import source`, the standard import of a `WebAssembly.Module`. In
/// Workers a plain import returns one, and esbuild and wrangler support no other.
/// <https://developers.cloudflare.com/workers/runtime-apis/webassembly/javascript/>
fn import_as_workers_do(glue: &Path) -> Result<(), Failure> {
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

/// The Worker's own JavaScript, beside that of wasm-bindgen; the first is the entry.
const SCRIPTS: [&str; 7] = [
    "shim.js",
    "trap.js",
    "consumer.js",
    "pieces.js",
    "metrics-object.js",
    "quota-object.js",
    "traces-object.js",
];
const PACKAGE: &str = "throughline-cloudflare";
/// The Worker's JavaScript.
pub(crate) const SCRIPT: &str = "index.js";
/// The Worker's WebAssembly.
pub(crate) const MODULE: &str = "index_bg.wasm";
/// Bytes after gzip, less than a quarter of the limit of Cloudflare's free plan.
/// <https://developers.cloudflare.com/workers/platform/limits/#worker-size>
const BUDGET: u64 = 700_000;
