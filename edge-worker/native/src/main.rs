//! The program `throughline`: see `throughline --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    throughline::program::run(std::env::args_os().skip(1))
}
