//! Measures the queries of `throughline dev` on a large store: `cargo xtask bench viewer`.

use crate::command::{command, run as run_command};
use crate::failure::Failure;

/// `cargo xtask bench viewer [--spans NUMBER]`
pub(super) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut bench = command(
        "cargo",
        &[
            "bench",
            "--quiet",
            "--package",
            "throughline-viewer",
            "--bench",
            "queries",
            "--bench",
            "metrics",
        ],
    );
    match arguments {
        [] => {}
        [flag, spans] if flag == "--spans" && spans.parse::<u64>().is_ok() => {
            bench.env("THROUGHLINE_SPANS", spans);
        }
        _ => {
            return Err(Failure::Check(
                "give no argument, or --spans NUMBER: `cargo xtask bench viewer --spans 100000`"
                    .into(),
            ));
        }
    }
    run_command(&mut bench)
}
