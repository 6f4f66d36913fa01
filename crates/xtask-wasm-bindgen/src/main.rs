//! wasm-bindgen as a program, at exactly the version in Cargo.lock.
//!
//! `xtask-wasm-bindgen <in.wasm> <folder> --target <module|bundler|web> [flags]`, run by
//! `cargo xtask`. wasm-bindgen's own command line would be a separate installation, and the
//! two must have exactly the same version.
//!
//! `xtask-wasm-bindgen --functions <in.wasm>` prints the sizes of a module's functions instead, and
//! `--files` those of source files in a module with line tables.
#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program for the terminal"
)]

mod functions;
mod lines;

use std::process::ExitCode;
use wasm_bindgen_cli_support::{Bindgen, EncodeInto};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match generate(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask-wasm-bindgen: {failure:#}");
            ExitCode::FAILURE
        }
    }
}

fn generate(arguments: &[String]) -> anyhow::Result<()> {
    match arguments {
        [flag, module] if flag == "--functions" => {
            print!("{}", functions::sizes(&std::fs::read(module)?)?);
            return Ok(());
        }
        [flag, module] if flag == "--files" => {
            print!("{}", lines::by_file(&std::fs::read(module)?)?);
            return Ok(());
        }
        _ => {}
    }
    let [input, folder, flags @ ..] = arguments else {
        anyhow::bail!("{USAGE}");
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .typescript(false)
        .remove_producers_section(true)
        // Every supported engine has `encodeInto`; it saves a copy.
        .encode_into(EncodeInto::Always);
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        match flag.as_str() {
            "--target" => choose(&mut bindgen, value(flag, flags.next())?)?,
            "--out-name" => {
                bindgen.out_name(value(flag, flags.next())?);
            }
            "--typescript" => {
                bindgen.typescript(true);
            }
            "--keep-names" => {
                bindgen.keep_debug(true).demangle(true);
            }
            "--reset-state" => {
                bindgen.reset_state_function(true);
            }
            _ => anyhow::bail!("`{flag}` is not a flag\n{USAGE}"),
        }
    }
    bindgen.generate(folder)
}

fn choose(bindgen: &mut Bindgen, target: &str) -> anyhow::Result<()> {
    match target {
        "module" => bindgen.module(true)?,
        "bundler" => bindgen.bundler(true)?,
        "web" => bindgen.web(true)?,
        _ => anyhow::bail!("`{target}` is not a target\n{USAGE}"),
    };
    Ok(())
}

fn value<'a>(flag: &str, given: Option<&'a String>) -> anyhow::Result<&'a str> {
    given
        .map(String::as_str)
        .ok_or_else(|| anyhow::anyhow!("`{flag}` needs a value\n{USAGE}"))
}

const USAGE: &str = "\
xtask-wasm-bindgen <--functions|--files> <in.wasm>
xtask-wasm-bindgen <in.wasm> <folder> [flags]

  --target <module|bundler|web>  how the module is loaded
  --out-name <name>              name of the written files (default: that of the input)
  --typescript                   write the .d.ts too
  --keep-names                   keep function names, for a profile
  --reset-state                  export __wbg_reset_state(), which creates a new instance";
