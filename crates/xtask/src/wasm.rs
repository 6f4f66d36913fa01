//! How is the browser package built?
//!
//! cargo → wasm-bindgen → wasm-opt → esbuild → `npm/browser/dist`, and then what it weighs
//! against what it may weigh.

use crate::command::{self, command, output, root};
use crate::failure::Failure;
use crate::setup::{self, Needs};
use crate::wasm_module::{bind, compile, is_stale, npm_program, shrink};
use std::fs::File;
use std::path::{Path, PathBuf};

/// `cargo xtask wasm`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    if !arguments.is_empty() {
        return Err(Failure::Usage(
            "cargo xtask wasm builds npm/browser/dist and takes no arguments".to_owned(),
        ));
    }
    build()?;
    weigh()
}

/// Builds what is stale of `npm/browser/dist`.
pub(crate) fn build() -> Result<(), Failure> {
    if !root().join("node_modules/esbuild").exists() {
        setup::run_for(Needs::Build)?;
    }
    let work = root().join("target/engine");
    std::fs::create_dir_all(&work).map_err(Failure::path(&work))?;
    // Two tasks may want it at once.
    let lock = work.join("lock");
    let lock = File::create(&lock).map_err(Failure::path(&lock))?;
    lock.lock().map_err(Failure::path(&work))?;

    let compiled = compile("throughline-browser", PROFILE, &PROFILE_FLAGS, &CODEGEN)?;
    let bound = work.join("bound");
    let module = work.join("engine.wasm");
    if is_stale(&module, &[&compiled]) {
        bind(
            &compiled,
            &bound,
            &["--target", "bundler", "--out-name", "engine"],
        )?;
        shrink(&bound.join("engine_bg.wasm"), &module, PASSES)?;
    }
    let mut sources = files(&package().join("src"))?;
    sources.extend(["build.mjs", "package.json", "tsconfig.json"].map(|name| package().join(name)));
    sources.push(module.clone());
    let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
    // The declarations are written last.
    if is_stale(&package().join("dist/index.d.ts"), &sources) {
        bundle(&bound.join("engine_bg.js"), &module)?;
    }
    Ok(())
}

fn bundle(glue: &Path, module: &Path) -> Result<(), Failure> {
    let script = package().join("build.mjs");
    command::run(command("node", &[]).arg(script).arg(glue).arg(module))?;
    let project = package().join("tsconfig.json");
    let types = root().join("target/engine/types");
    command::run(
        npm_program("tsc")
            .arg("--project")
            .arg(project)
            .args([
                "--noEmit",
                "false",
                "--declaration",
                "--emitDeclarationOnly",
            ])
            .arg("--outDir")
            .arg(&types),
    )?;
    // The two that a user's compiler reads; what capture is made of is nobody's business.
    for name in ["options.d.ts", "index.d.ts"] {
        let target = package().join("dist").join(name);
        std::fs::copy(types.join(name), &target).map_err(Failure::path(&target))?;
    }
    Ok(())
}

/// Prints what the package weighs; fails when a part is over its budget.
fn weigh() -> Result<(), Failure> {
    let report = output(command("node", &["sizes.mjs"]).current_dir(package()))?;
    print(&report);
    if report.contains(OVER) {
        return Err(Failure::Check(
            "the browser package is over its budget; see the table above".to_owned(),
        ));
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "sizes are for the terminal")]
fn print(report: &str) {
    print!("{report}");
}

/// The files in a folder, and in the folders in it.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Failure::path(folder))? {
        let path = entry.map_err(Failure::path(folder))?.path();
        if path.is_dir() {
            all.extend(files(&path)?);
        } else {
            all.push(path);
        }
    }
    Ok(all)
}

fn package() -> PathBuf {
    root().join("npm/browser")
}

/// Of its own, because its code is generated otherwise than the Worker's: the crates that
/// they share would be built anew each time the other was.
const PROFILE: &str = "engine";
const PROFILE_FLAGS: [&str; 2] = ["--config", "profile.engine.inherits='wasm'"];

/// Found by trying, brotli: 9,560 bytes with `opt-level = "z"` alone, 9,210 so. Inlining
/// what is nearly as small as its call lets the rest of it fold away; the others are
/// passes that trade size for speed.
const CODEGEN: [&str; 4] = [
    "-Cllvm-args=-inline-threshold=70",
    "-Cllvm-args=-disable-lsr",
    "-Cllvm-args=-simplifycfg-sink-common=0",
    "-Cllvm-args=-enable-pre=0",
];

/// Found by trying, brotli: 9,325 bytes with `-Oz` alone, 9,246 so. Flat code is put
/// together again with fewer blocks, and functions that are called often get the short
/// numbers. Never `--traps-never-happen`, which is smaller: a trap is how a fault ends.
const PASSES: &[&str] = &[
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--reorder-functions",
];

/// What the table says of a part that weighs too much.
const OVER: &str = "OVER";
