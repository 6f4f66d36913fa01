//! Measurements of the function for AWS Lambda: `cargo xtask bench lambda`.

use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use crate::lambda;
use crate::setup::{Needs, run_for};

/// `cargo xtask bench lambda …`
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    if arguments
        .iter()
        .any(|flag| matches!(&**flag, "--help" | "-h"))
    {
        println!("{HELP}");
        return Ok(());
    }
    run_for(Needs::Lambda)?;
    lambda::build()?;
    let script = root().join("edge-worker/lambda/local/measure.mjs");
    run_command(command("node", &[]).arg(script).args(arguments))
}

const HELP: &str = "\
cargo xtask bench lambda [flags]

Builds the function as it is uploaded and runs it under AWS's own runtime client, beside a handler
that decodes the body of an event and responds. Measures, in turns: the time and the CPU time from
the start of the process to the first response, and the CPU time of a warm process per request of
20 spans in compressed JSON, received and exported. Prints the bytes of the zip.

  --starts N        cold starts of each (9)
  --rounds N        rounds (5)
  --requests N      requests to each in a round (1000)

Linux only: CPU time and memory are read from /proc. It opens no connection outside this
machine.";
