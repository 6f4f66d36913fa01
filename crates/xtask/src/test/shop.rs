//! The steps that run the demo's parts on free ports, beside a running demo.

use super::results::Results;
use super::steps::counted;
use crate::backends;
use crate::command::{command, root};
use crate::demo;
use crate::demo::ports::Ports;
use crate::demo::running::RunningDemo;
use crate::failure::Failure;
use crate::process::Interrupt;
use crate::setup::{self, Needs};
use std::process::Command;

/// Runs the tests of the shop.
pub(super) fn end_to_end(results: &mut Results) -> Result<(), Failure> {
    let mut test = command("npm", &["test", "--silent", "--workspace", "tests/e2e"]);
    beside(Ports::free, "e2e", &mut test, results)
}

/// Makes purchases and errors in the shop, and reads them back from each backend.
pub(super) fn with_backends(results: &mut Results) -> Result<(), Failure> {
    setup::run_for(Needs::Demo)?;
    backends::build()?;
    let mut check = command("node", &["tests/e2e/check.mjs"]);
    beside(
        Ports::free_with_backends,
        "e2e-backends",
        &mut check,
        results,
    )
}

/// Runs a program beside all parts, whose logs are in `.throughline/<name>/logs`.
fn beside(
    free: impl FnOnce() -> Result<Ports, Failure>,
    name: &str,
    program: &mut Command,
    results: &mut Results,
) -> Result<(), Failure> {
    demo::build::all()?;
    // A build takes minutes, in which another program may take a port that was free.
    let ports = &free()?;
    let logs = root().join(".throughline").join(name).join("logs");
    let interrupt = Interrupt::listen()?;
    let demo = RunningDemo::start(ports, &logs, &interrupt, |name, _, _| {
        println!("started {name}");
    })?;
    let program = demo::addresses(program, ports).env("THROUGHLINE_LOGS", &logs);
    let outcome = counted(program, results);
    drop(demo);
    outcome
}
