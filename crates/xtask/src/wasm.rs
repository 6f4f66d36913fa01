//! Builds the browser package and checks its size.
//!
//! cargo → wasm-bindgen → wasm-opt → rolldown → `npm/browser/dist`, then a table of sizes
//! with a row per composition. `npm/browser/sizes.mjs` has the compositions and budgets.

use crate::command::{self, command, output, root};
use crate::failure::Failure;
use crate::panic_texts;
use crate::setup::{self, Needs};
use crate::sourcemaps;
use crate::wasm_module::{
    bind, compile, is_stale, npm_program, reduce, reduce_with_names, shrink, shrink_with_names,
};
use serde_json::Value;
use std::fmt::Write;
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
    let report = output(
        command("node", &["npm/browser/sizes.mjs"])
            .arg(module())
            .arg(otlp_module())
            .arg(scrub_module())
            .arg(work().join("compositions")),
    )?;
    let (table, over) = weigh(&report)?;
    print(&table);
    if over.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "over budget: {} (npm/browser/search-names.mjs may find names that compress better)",
        over.join(", ")
    )))
}

/// Builds what is stale of `npm/browser/dist`.
pub(crate) fn build() -> Result<(), Failure> {
    if !root().join("node_modules/rolldown").exists() {
        setup::run_for(Needs::Build)?;
    }
    let work = work();
    std::fs::create_dir_all(&work).map_err(Failure::path(&work))?;
    // Two tasks may build at once.
    let lock = work.join("lock");
    let lock = File::create(&lock).map_err(Failure::path(&lock))?;
    lock.lock().map_err(Failure::path(&work))?;

    let engine = "throughline-browser";
    build_module(engine, (PROFILE, &PROFILE_FLAGS), &module(), &EXPORTS)?;
    let otlp = "throughline-browser-otlp";
    build_module(
        otlp,
        (PROFILE, &PROFILE_FLAGS),
        &otlp_module(),
        &OTLP_EXPORTS,
    )?;
    build_module(
        engine,
        (SCRUB_PROFILE, &SCRUB_FLAGS),
        &scrub_module(),
        &EXPORTS,
    )?;
    sourcemaps::build()?;
    let mut sources = files(&package().join("src"))?;
    sources.extend(files(&root().join("npm/react/src"))?);
    sources.push(root().join("npm/react/build.mjs"));
    sources.extend(files(&root().join("npm/vite-plugin/src"))?);
    sources.extend(files(&root().join(ADAPTER))?);
    sources.extend(
        [
            "build.mjs",
            "bundle.mjs",
            "commonjs.mjs",
            "names.json",
            "names.mjs",
            "package.json",
            "tsconfig.json",
        ]
        .map(|name| package().join(name)),
    );
    sources.extend([module(), otlp_module(), scrub_module()]);
    let sources: Vec<&Path> = sources.iter().map(PathBuf::as_path).collect();
    // The declarations of the last package are written last.
    let adapter = root().join("tests/browser/dist/web-vitals-adapter.js");
    if is_stale(
        &root().join("npm/vite-plugin/dist/transform.d.ts"),
        &sources,
    ) || is_stale(&adapter, &sources)
    {
        bundle()?;
    }
    Ok(())
}

/// Builds what is stale of a WebAssembly module of the package, by cargo's profile and flags.
fn build_module(
    package: &str,
    (profile, flags): (&str, &[&str]),
    module: &Path,
    exports: &[&str],
) -> Result<(), Failure> {
    let compiled = compile(package, profile, flags, &CODEGEN)?;
    if !is_stale(module, &[&compiled]) {
        return Ok(());
    }
    let bound = match profile {
        PROFILE => work().join(package),
        _ => work().join(profile),
    };
    bind(
        &compiled,
        &bound,
        &["--target", "bundler", "--out-name", "module"],
    )?;
    let reduced = bound.join("reduced.wasm");
    reduce(&bound.join("module_bg.wasm"), &reduced, exports)?;
    shrink(&reduced, module, PASSES)?;
    panic_texts::blank(module)
}

/// Writes the sizes of the engine's functions, sections and source files: the lines of
/// `xtask-wasm-bindgen --functions` and `--files`. The engine is built.
pub(crate) fn list_parts(file: &Path) -> Result<(), Failure> {
    let list = |flag: &str, module: &Path| {
        let mut list = command("cargo", &["run", "--quiet", "--package"]);
        list.args(["xtask-wasm-bindgen", "--", flag]);
        output(list.arg(module))
    };
    let functions = list("--functions", &build_with_names()?)?;
    // Before wasm-opt, which does not keep line tables right.
    let flags = [
        "--config",
        "profile.engine-lines.inherits='wasm'",
        "--config",
        "profile.engine-lines.debug='line-tables-only'",
    ];
    let compiled = compile("throughline-browser", "engine-lines", &flags, &CODEGEN)?;
    let files = list("--files", &compiled)?;
    std::fs::write(file, functions + &files).map_err(Failure::path(file))
}

/// Makes the module of the engine, which is built, with the names of its functions.
pub(crate) fn build_with_names() -> Result<PathBuf, Failure> {
    let bound = work().join("throughline-browser");
    let reduced = bound.join("reduced-named.wasm");
    reduce_with_names(&bound.join("module_bg.wasm"), &reduced, &EXPORTS)?;
    let named = bound.join("named.wasm");
    shrink_with_names(&reduced, &named, PASSES)?;
    Ok(named)
}

fn bundle() -> Result<(), Failure> {
    let types = work().join("types");
    command::run(
        npm_program("tsc")
            .arg("--project")
            .arg(package().join("tsconfig.json"))
            .args([
                "--noEmit",
                "false",
                "--declaration",
                "--emitDeclarationOnly",
            ])
            .arg("--outDir")
            .arg(&types),
    )?;
    command::run(
        command("node", &["npm/browser/build.mjs"])
            .arg(module())
            .arg(otlp_module())
            .arg(scrub_module())
            .arg(types),
    )?;
    // Before the last package, whose time says that all is built.
    command::run(
        command("node", &["tests/browser/web-vitals/build.mjs"])
            .arg(module())
            .arg(otlp_module()),
    )?;
    command::run(&mut command("node", &["npm/react/build.mjs"]))?;
    command::run(
        npm_program("tsc")
            .arg("--project")
            .arg(root().join("npm/vite-plugin"))
            .args(["--noEmit", "false", "--declaration"])
            .arg("--outDir")
            .arg(root().join("npm/vite-plugin/dist")),
    )
}

/// The folder that makes the functions of the npm package web-vitals of ours, for its own tests.
const ADAPTER: &str = "tests/browser/web-vitals";

/// Reads the report of `sizes.mjs`. Returns the table, and the names of the compositions
/// that are over their budgets.
fn weigh(report: &str) -> Result<(String, Vec<String>), Failure> {
    let unreadable = |reason: String| Failure::Check(format!("sizes.mjs: {reason}"));
    let rows: Vec<Value> =
        serde_json::from_str(report).map_err(|error| unreadable(error.to_string()))?;
    let mut over = Vec::new();
    let mut table = format!(
        "{:<32}{:>9}{:>9}{:>9}{:>9}\n",
        "bytes", "raw", "gzip", "brotli", "budget"
    );
    for row in &rows {
        let name = row["name"].as_str().unwrap_or_default();
        let [Some(raw), Some(gzip), Some(brotli)] =
            ["raw", "gzip", "brotli"].map(|column| row[column].as_u64())
        else {
            return Err(unreadable(format!("no sizes of {name}: {row}")));
        };
        let budget = row["budget"].as_u64();
        let mark = if budget.is_some_and(|budget| brotli > budget) {
            over.push(name.to_owned());
            " OVER"
        } else {
            ""
        };
        let budget = budget.map_or_else(String::new, |budget| budget.to_string());
        let _ = writeln!(
            table,
            "{name:<32}{raw:>9}{gzip:>9}{brotli:>9}{budget:>9}{mark}"
        );
    }
    Ok((table, over))
}

#[expect(clippy::print_stdout, reason = "sizes are for the terminal")]
fn print(table: &str) {
    print!("{table}");
}

/// The files in a folder and its subfolders.
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

fn work() -> PathBuf {
    root().join("target/engine")
}

fn module() -> PathBuf {
    work().join("engine.wasm")
}

/// The module that writes OTLP in the page.
fn otlp_module() -> PathBuf {
    work().join("otlp.wasm")
}

/// The engine that redacts secrets and personal data.
fn scrub_module() -> PathBuf {
    work().join("scrub.wasm")
}

/// A profile of its own, because the engine's code is generated otherwise than the Worker's:
/// with one profile each build would rebuild the crates that both use.
const PROFILE: &str = "engine";
const PROFILE_FLAGS: [&str; 2] = ["--config", "profile.engine.inherits='wasm'"];
const SCRUB_PROFILE: &str = "engine-scrub";
const SCRUB_FLAGS: [&str; 4] = [
    "--config",
    "profile.engine-scrub.inherits='wasm'",
    "--features",
    "redact",
];

/// Found by trying, brotli: 8,833 bytes with `opt-level = "z"` alone, 8,664 with these.
/// Inlining a function that is nearly as small as its call lets the rest of it fold away; the
/// others are passes that trade size for speed.
const CODEGEN: [&str; 5] = [
    "-Cllvm-args=-inline-threshold=70",
    "-Cllvm-args=-disable-lsr",
    "-Cllvm-args=-simplifycfg-sink-common=0",
    "-Cllvm-args=-enable-pre=0",
    "-Cllvm-args=-instcombine-code-sinking=0",
];

/// The exports that npm/browser/src/delivery/instance.ts calls. wasm-bindgen's own JavaScript, which is
/// three times as large, would need more.
const EXPORTS: [&str; 8] = [
    "memory",
    "add",
    "due",
    "close",
    "injected",
    "body",
    "__wbindgen_malloc",
    "__wbindgen_free",
];

/// The exports that npm/browser/src/delivery/otlp-writer.ts calls.
const OTLP_EXPORTS: [&str; 3] = ["memory", "write", "__wbindgen_malloc"];

/// Found by trying, brotli of the module as text: 9,897 bytes with `--flatten`, `--rereloop`, twice
/// `-Oz` and `--reorder-functions`, 9,741 with these. Flattened code is rebuilt with fewer blocks
/// and locals. Never `--traps-never-happen`, which is smaller: a fault ends in a trap.
const PASSES: &[&str] = &[
    "--flatten",
    "--rereloop",
    "--vacuum",
    "--simplify-locals",
    "--coalesce-locals-learning",
    // The lowest KiB is the end of the stack: no object is there.
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=200",
    "-Oz",
    "-Oz",
    "--converge",
];

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"[
        {"name": "capture", "raw": 9000, "gzip": 4300, "brotli": 4097, "budget": 4096},
        {"name": "default", "raw": 39000, "gzip": 18000, "brotli": 17408, "budget": 17408},
        {"name": "engine.wasm alone", "raw": 20000, "gzip": 10000, "brotli": 90000}
    ]"#;

    #[test]
    fn a_composition_over_its_budget_fails_the_command() {
        let (table, over) = weigh(REPORT).expect("a report");
        assert_eq!(over, ["capture"]);
        let marked: Vec<&str> = table.lines().filter(|row| row.ends_with("OVER")).collect();
        assert_eq!(marked.len(), 1);
        assert!(marked[0].starts_with("capture"));
    }

    #[test]
    fn a_report_without_sizes_is_refused() {
        assert!(weigh("").is_err());
        assert!(weigh(r#"[{"name": "capture"}]"#).is_err());
    }
}
