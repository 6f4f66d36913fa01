//! The program `throughline`: see `throughline --help`.

use std::process::ExitCode;

/// The allocator of the static binary; musl's own has one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    throughline::program::run(std::env::args_os().skip(1))
}
