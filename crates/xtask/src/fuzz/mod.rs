//! Runs the fuzz targets of decoders: `cargo xtask fuzz`.

mod flags;
mod progress;
mod target;

use crate::command::{command, installed, root, run as run_command};
use crate::failure::Failure;
use crate::process::Interrupt;
use flags::Flags;
use std::path::{Path, PathBuf};
use target::{Outcome, Report, Target};

/// `cargo xtask fuzz …`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let folder = root().join("fuzz");
    let known = names(&folder)?;
    let Some(flags) = Flags::parse(arguments, &known)? else {
        println!("{}", flags::HELP);
        return Ok(());
    };
    let targets = (flags.targets.iter())
        .map(|name| Target::new(name, &folder))
        .collect::<Result<Vec<_>, _>>()?;
    let programs = build(&flags.targets, &folder)?;
    write_seeds(&folder)?;
    let interrupt = Interrupt::listen()?;
    println!("{}", Report::HEAD);
    let mut found = Vec::new();
    for target in targets {
        let report = target.run(&programs, flags.seconds, &interrupt)?;
        println!("{report}");
        match report.outcome {
            Outcome::Clean => {}
            Outcome::Found { input, log } => found.push(format!(
                "{}: {}, its log is {}",
                target.name,
                input.map_or_else(|| "no input was stored".to_owned(), |input| shown(&input)),
                shown(&log)
            )),
            Outcome::Interrupted => return Err(Failure::Check("interrupted".to_owned())),
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "inputs that fail:\n  {}\nfuzz/README.md says what to do with them",
        found.join("\n  ")
    )))
}

/// The names of all targets, sorted.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let folder = folder.join("fuzz_targets");
    let files = std::fs::read_dir(&folder).map_err(Failure::path(&folder))?;
    let mut names: Vec<String> = (files.flatten())
        .filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Builds targets with optimisations, debug assertions and the address sanitizer, and returns
/// the folder of their programs.
fn build(targets: &[String], folder: &Path) -> Result<PathBuf, Failure> {
    if !installed("cargo-fuzz") {
        return Err(Failure::Missing {
            program: "cargo-fuzz".to_owned(),
            remedy: "cargo install cargo-fuzz --locked".to_owned(),
        });
    }
    let build = ["run", "nightly", "cargo", "fuzz", "build", "--target", HOST];
    let mut build = command("rustup", &build);
    if let [only] = targets {
        build.arg(only);
    }
    run_command(&mut build)?;
    Ok(folder.join("target").join(HOST).join("release"))
}

/// Writes the bodies of the cases for the targets that begin with them.
fn write_seeds(folder: &Path) -> Result<(), Failure> {
    let example = [
        "run",
        "--quiet",
        "--package",
        "throughline-testkit",
        "--example",
        "fuzz_seeds",
    ];
    let mut seeds = command("cargo", &example);
    run_command(seeds.arg(folder.join("target/seeds")))
}

/// A path as it is seen from the root of the checkout.
fn shown(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap_or(path);
    path.display().to_string()
}

/// The platform of the programs: libFuzzer and the address sanitizer are used on Linux.
const HOST: &str = "x86_64-unknown-linux-gnu";
