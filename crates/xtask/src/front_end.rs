//! Builds pages in Rust: cargo → wasm-bindgen. The example goes into `target/examples/yew`, as a page in development and as one that is
//! released, a module for tests into `target/examples/joined`.

use crate::command::{self, command, root};
use crate::failure::Failure;
use crate::wasm_module::bind;

/// Builds what is stale. The example is a workspace of its own, as the page of a user is.
pub(crate) fn build() -> Result<(), Failure> {
    let folder = root().join(TARGET);
    let mut cargo = command("cargo", &["build", "--quiet", "--locked"]);
    cargo.args(EXAMPLE).arg("--target-dir").arg(&folder);
    command::run(&mut cargo)?;
    let module = folder.join("wasm32-unknown-unknown/debug/throughline_example_yew.wasm");
    let flags = ["--target", "web", "--out-name", "shop", "--keep-names"];
    bind(&module, &folder.join("bound"), &flags)
}

/// Builds the example as a page that is released, with what `throughline sourcemaps upload` reads: line tables and a build id.
pub(crate) fn build_released() -> Result<(), Failure> {
    let folder = root().join(TARGET);
    let mut cargo = command("cargo", &["build", "--quiet", "--locked", "--release"]);
    cargo.args(EXAMPLE).arg("--target-dir").arg(&folder);
    cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "line-tables-only");
    cargo.env("CARGO_ENCODED_RUSTFLAGS", "-C\x1flink-arg=--build-id");
    command::run(&mut cargo)?;
    let module = folder.join("wasm32-unknown-unknown/release/throughline_example_yew.wasm");
    let flags = ["--target", "web", "--out-name", "shop", "--keep-names"];
    bind(&module, &folder.join("released"), &flags)
}

/// Builds the module that tests call in a simulated page, if it is stale.
pub(crate) fn build_joined() -> Result<(), Failure> {
    command::run(&mut command("cargo", JOINED))?;
    let module = root().join("target/wasm32-unknown-unknown/debug/examples/joined.wasm");
    let flags = ["--target", "web", "--out-name", "joined"];
    bind(&module, &root().join("target/examples/joined"), &flags)
}

const JOINED: &[&str] = &[
    "build",
    "--quiet",
    "--locked",
    "--package",
    "throughline-browser",
    "--features",
    "web",
    "--example",
    "joined",
    "--target",
    "wasm32-unknown-unknown",
];

/// The arguments of cargo that choose the example.
pub(crate) const EXAMPLE: [&str; 4] = [
    "--manifest-path",
    "examples/yew/Cargo.toml",
    "--target",
    "wasm32-unknown-unknown",
];
/// The folder of what is built.
pub(crate) const TARGET: &str = "target/examples/yew";
