//! Builds a Rust crate as a small WebAssembly module with its JavaScript.
//!
//! cargo → wasm-bindgen → wasm-opt, for the browser's engine and for the Worker alike.

use crate::command::{command, output, root, run};
use crate::failure::Failure;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Compiles `package` and returns the path of its `.wasm`. cargo gives it one name whatever
/// its features are, so builds with different features need different profiles. `flags`
/// are cargo's, `codegen` rustc's.
pub(crate) fn compile(
    package: &str,
    profile: &str,
    flags: &[&str],
    codegen: &[&str],
) -> Result<PathBuf, Failure> {
    let mut cargo = command(
        "cargo",
        &[
            "rustc",
            "--package",
            package,
            "--lib",
            // A crate that is an rlib as well is linked without link-time optimisation:
            // https://doc.rust-lang.org/cargo/reference/profiles.html#lto
            "--crate-type",
            "cdylib",
            "--target",
            "wasm32-unknown-unknown",
            "--profile",
            profile,
            "--message-format",
            "json-render-diagnostics",
        ],
    );
    cargo.args(flags);
    // cargo takes one of the two variables, and RUSTFLAGS is the user's own.
    if std::env::var_os("RUSTFLAGS").is_none() {
        let mut encoded = without_machine_paths();
        for flag in codegen {
            encoded.push("\x1f");
            encoded.push(flag);
        }
        cargo.env("CARGO_ENCODED_RUSTFLAGS", encoded);
    }
    let messages = output(&mut cargo)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| message["target"]["name"] == package.replace('-', "_"))
        .find_map(|message| {
            let files = message["filenames"].as_array()?;
            let mut paths = files.iter().filter_map(Value::as_str).map(PathBuf::from);
            paths.find(|path| path.extension().is_some_and(|ending| ending == "wasm"))
        })
        .ok_or_else(|| Failure::Check(format!("{package} has no .wasm: is it a cdylib?")))
}

/// Writes wasm-bindgen's JavaScript and module into `folder`. The flags are those of
/// `xtask-wasm-bindgen`.
pub(crate) fn bind(wasm: &Path, folder: &Path, flags: &[&str]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(Failure::path(folder))?;
    run(command(
        "cargo",
        &["run", "--quiet", "--package", "xtask-wasm-bindgen", "--"],
    )
    .arg(wasm)
    .arg(folder)
    .args(flags))
}

/// Makes a module as small as wasm-opt can in these passes.
pub(crate) fn shrink(wasm: &Path, smaller: &Path, passes: &[&str]) -> Result<(), Failure> {
    optimize(wasm, smaller, &[passes, &["--strip-debug"]].concat())
}

/// Makes the module of `shrink`, with the names of its functions.
pub(crate) fn shrink_with_names(
    wasm: &Path,
    smaller: &Path,
    passes: &[&str],
) -> Result<(), Failure> {
    optimize(wasm, smaller, &[passes, &["--debuginfo"]].concat())
}

fn optimize(wasm: &Path, smaller: &Path, passes: &[&str]) -> Result<(), Failure> {
    run(npm_program("wasm-opt")
        .args(passes)
        .args(FEATURES)
        .args(["--strip-producers", "--strip-target-features"])
        .arg(wasm)
        .arg("--output")
        .arg(smaller))
}

/// Removes from a module what is reached from none of these exports.
pub(crate) fn reduce(wasm: &Path, reduced: &Path, exports: &[&str]) -> Result<(), Failure> {
    eliminate(wasm, reduced, exports, &[])
}

/// Makes the module of `reduce`, with the names of its functions.
pub(crate) fn reduce_with_names(
    wasm: &Path,
    reduced: &Path,
    exports: &[&str],
) -> Result<(), Failure> {
    eliminate(wasm, reduced, exports, &["--debuginfo"])
}

fn eliminate(wasm: &Path, reduced: &Path, exports: &[&str], flags: &[&str]) -> Result<(), Failure> {
    let mut graph = vec![json!({ "name": "caller", "root": true, "reaches": exports })];
    graph.extend(
        exports
            .iter()
            .map(|name| json!({ "name": name, "export": name })),
    );
    let path = reduced.with_extension("json");
    let text = Value::Array(graph).to_string();
    std::fs::write(&path, text).map_err(Failure::path(&path))?;
    // The program prints what it removes.
    output(
        npm_program("wasm-metadce")
            .args(FEATURES)
            .arg(wasm)
            .args(flags)
            .arg("--graph-file")
            .arg(&path)
            .arg("--output")
            .arg(reduced),
    )?;
    Ok(())
}

/// A program that came with the project's npm packages.
pub(crate) fn npm_program(name: &str) -> std::process::Command {
    let path = root().join("node_modules/.bin").join(name);
    command(&path.to_string_lossy(), &[])
}

/// Prints raw, gzip and brotli sizes of files that are loaded together, and their sum.
#[expect(clippy::print_stdout, reason = "sizes are for the terminal")]
pub(crate) fn print_sizes(files: &[PathBuf]) -> Result<Sizes, Failure> {
    let mut node = command("node", &["--eval", MEASURE]);
    let text = output(node.args(files))?;
    let mut total = Sizes::default();
    println!("{:<28} {:>9} {:>9} {:>9}", "bytes", "raw", "gzip", "brotli");
    for (file, line) in files.iter().zip(text.lines()) {
        let mut numbers = line.split(' ').filter_map(|number| number.parse().ok());
        let mut next = || numbers.next().unwrap_or_default();
        let sizes = Sizes {
            raw: next(),
            gzip: next(),
            brotli: next(),
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        print_row(&name, sizes);
        total.raw += sizes.raw;
        total.gzip += sizes.gzip;
        total.brotli += sizes.brotli;
    }
    if files.len() > 1 {
        print_row("together", total);
    }
    Ok(total)
}

/// Sizes in bytes.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) raw: u64,
    pub(crate) gzip: u64,
    pub(crate) brotli: u64,
}

/// Whether `product` is missing or older than one of `sources`.
pub(crate) fn is_stale(product: &Path, sources: &[&Path]) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|file| file.modified()).ok();
    let Some(made) = modified(product) else {
        return true;
    };
    sources
        .iter()
        .any(|source| modified(source).unwrap_or_else(SystemTime::now) > made)
}

#[expect(clippy::print_stdout, reason = "sizes are for the terminal")]
fn print_row(name: &str, sizes: Sizes) {
    println!(
        "{name:<28} {:>9} {:>9} {:>9}",
        sizes.raw, sizes.gzip, sizes.brotli
    );
}

/// Flags that make paths of this machine relative. Panics contain the path of their file; the
/// published module has the same bytes on whichever machine it is built.
fn without_machine_paths() -> OsString {
    let home = |folder| std::env::home_dir().map(|home: PathBuf| home.join(folder));
    let cargo = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let crates = cargo.or_else(|| home(".cargo")).unwrap_or_default();
    let mut flags = OsString::new();
    for prefix in [crates.join("registry/src"), root()] {
        if !flags.is_empty() {
            flags.push("\x1f");
        }
        flags.push("--remap-path-prefix=");
        // With the slash, so that what remains is relative.
        flags.push(prefix.join(""));
        flags.push("=");
    }
    flags
}

/// One by one, because `--all-features` emits imports that some browsers refuse. These are
/// what rustc emits by default for this target, and every browser of 2023 has them.
const FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-call-indirect-overlong",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Node has gzip and brotli built in.
const MEASURE: &str = "\
const { readFileSync } = require('node:fs');
const { gzipSync, brotliCompressSync, constants } = require('node:zlib');
for (const file of process.argv.slice(1)) {
  const raw = readFileSync(file);
  const gzip = gzipSync(raw, { level: 9 });
  const brotli = brotliCompressSync(raw, { params: {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
  } });
  console.log(raw.length, gzip.length, brotli.length);
}";
