//! All automation of the project, one module per task: `cargo xtask help`.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal"
)]

mod codegen;
mod command;
mod failure;

use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<(), Failure> {
    let (task, rest) = arguments
        .split_first()
        .map_or(("help", &[][..]), |(task, rest)| (task.as_str(), rest));
    match (task, rest) {
        ("codegen", []) => codegen::run(),
        ("codegen", [flag]) if flag == "--check" => codegen::check(),
        ("help" | "--help" | "-h", _) => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(Failure::Usage(format!(
            "`{}` is not a task\n\n{HELP}",
            arguments.join(" ")
        ))),
    }
}

const HELP: &str = "\
cargo xtask <task>

  codegen          write what is generated from throughline-semconv/registry.toml
";
