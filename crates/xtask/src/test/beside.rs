//! Runs a step in a process of its own, so that its output is not mixed with that of another step.

use super::steps::{self, Phase};
use crate::command::{command, shown};
use crate::failure::Failure;
use std::fs::{self, File};
use std::process::Stdio;

/// The flag before the name of the one step that such a process runs.
pub(super) const FLAG: &str = "--step";

/// Runs a step in another process, and returns what it has printed.
pub(super) fn run(name: &str) -> (String, Result<(), Failure>) {
    let mut output = String::new();
    let outcome = run_into(&mut output, name);
    (output, outcome)
}

/// Runs the step of this name in this process.
pub(super) fn run_one(name: &str) -> Result<(), Failure> {
    let phases = steps::regular();
    let found = phases
        .into_iter()
        .flat_map(Phase::into_steps)
        .find(|step| step.name == name);
    let step = found.ok_or_else(|| Failure::Usage(format!("no step is called `{name}`")))?;
    step.run().1
}

fn run_into(output: &mut String, name: &str) -> Result<(), Failure> {
    let this = std::env::current_exe().map_err(|error| Failure::Check(error.to_string()))?;
    // The processors are for the first row before they are for this step.
    let step = ["-n", "10", &this.to_string_lossy(), "test", FLAG, name];
    let mut child = command("nice", &step);
    // A file: nothing has to read it meanwhile, and both streams stay in their order.
    let folder = crate::command::root().join("target/test");
    fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let path = folder.join(format!("{name}.log"));
    let file = File::create(&path).map_err(Failure::path(&path))?;
    let errors = file.try_clone().map_err(Failure::path(&path))?;
    let status = (child
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .status())
    .map_err(|error| Failure::Missing {
        program: shown(&child),
        remedy: error.to_string(),
    })?;
    *output = String::from_utf8_lossy(&fs::read(&path).map_err(Failure::path(&path))?).into_owned();
    if status.success() {
        return Ok(());
    }
    Err(Failure::Command {
        command: shown(&child),
        status,
    })
}
