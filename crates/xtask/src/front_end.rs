//! Builds the example of a page in Rust: cargo → wasm-bindgen, into `target/examples/yew`.

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

/// The arguments of cargo that choose the example.
pub(crate) const EXAMPLE: [&str; 4] = [
    "--manifest-path",
    "examples/yew/Cargo.toml",
    "--target",
    "wasm32-unknown-unknown",
];
/// The folder of what is built.
pub(crate) const TARGET: &str = "target/examples/yew";
