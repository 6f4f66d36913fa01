//! Builds every part of the demo.

use crate::command::{command, root, run};
use crate::failure::Failure;
use crate::serve::native;
use crate::worker::{self, Variant};
use std::path::PathBuf;
use std::time::Instant;

type Build = fn() -> Result<(), Failure>;

/// Builds every part that is stale, and prints how long each took.
#[expect(clippy::print_stdout, reason = "a person waits for it")]
pub(crate) fn all() -> Result<(), Failure> {
    let steps: [(&str, Build); 5] = [
        ("native edge and viewer", || native::program().map(drop)),
        ("edge Worker", || worker::build(Variant::Shipped).map(drop)),
        ("browser engine and package", crate::wasm::build),
        ("orders-api, quotes-consumer, shop-migrate", go),
        ("shop page", page),
    ];
    let count = steps.len();
    for (index, (name, build)) in steps.into_iter().enumerate() {
        println!("[{}/{count}] building {name} …", index + 1);
        let begun = Instant::now();
        build()?;
        println!("      {:.1} s", begun.elapsed().as_secs_f64());
    }
    Ok(())
}

/// The path of a built Go program.
pub(super) fn go_program(name: &str) -> PathBuf {
    root().join(".throughline/bin").join(name)
}

fn go() -> Result<(), Failure> {
    let programs = root().join(".throughline/bin");
    std::fs::create_dir_all(&programs).map_err(Failure::path(&programs))?;
    let mut build = command("go", &["build", "-o"]);
    run(build
        .arg(&programs)
        .arg("./cmd/...")
        .current_dir(root().join("demo-react-app/services/orders-api")))
}

fn page() -> Result<(), Failure> {
    run(&mut command(
        "npm",
        &["run", "--silent", "build", "--workspace", "demo-react-app"],
    ))
}
