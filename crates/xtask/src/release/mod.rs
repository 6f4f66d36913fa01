//! `cargo xtask release`: builds what users install, and what proves its origin.
//!
//! Into `target/release-artifacts`: archives of the static binaries, an OCI image, npm packages, a
//! Homebrew formula, an SBOM, the provenance and `SHA256SUMS`. The same commit makes the same bytes.
#![expect(
    clippy::print_stdout,
    reason = "a person watches what is built, and reads the sizes"
)]

mod archive;
mod binaries;
mod checkout;
mod formula;
mod image;
mod npm;
mod platform;
mod provenance;
mod reproducible;
mod sbom;
mod sums;

use crate::command::{command, root, run as run_command};
use crate::failure::Failure;
use crate::setup::{self, Needs};
use archive::{Archive, Entry};
use binaries::Binaries;
use checkout::Checkout;
use platform::HERE;
use std::path::{Path, PathBuf};
use std::process::Command;

/// `cargo xtask release [--trial]`
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let mut tests = match arguments {
        [] => full()?,
        [flag] if flag == "--trial" => trial()?,
        _ => return Err(Failure::Usage(USAGE.to_owned())),
    };
    run_command(&mut tests)
}
/// Builds all artifacts of the commit, from a clean checkout. Returns their tests.
pub(crate) fn full() -> Result<Command, Failure> {
    setup::run_for(Needs::Release)?;
    let checkout = Checkout::clean()?;
    let binaries = Binaries::release(&checkout)?;
    Ok(tests(&make(&checkout, &binaries, ARTIFACTS)?))
}

/// Compiles the production build of this tree twice, and compares the two.
pub(crate) fn compile_twice() -> Result<(), Failure> {
    setup::run_for(Needs::Release)?;
    reproducible::check(&Checkout::any()?)
}

/// Packs the debug build of this tree, twice, and compares the two. Returns the tests of the
/// artifacts.
pub(crate) fn trial() -> Result<Command, Failure> {
    let checkout = Checkout::any()?;
    let binaries = Binaries::debug()?;
    let first = make(&checkout, &binaries, "target/release-trial")?;
    let again = make(&checkout, &binaries, "target/release-trial-again")?;
    let sums = [&first, &again].map(|folder| std::fs::read(folder.join(sums::FILE)));
    std::fs::remove_dir_all(&again).map_err(Failure::path(&again))?;
    match sums {
        [Ok(before), Ok(sums)] if before == sums => {
            let mut tests = tests(&first);
            tests.env("THROUGHLINE_TRIAL", "the debug build is not static");
            Ok(tests)
        }
        _ => Err(Failure::Check(
            "two releases of one tree have other checksums".to_owned(),
        )),
    }
}

/// The tests of what users install, on the artifacts in `folder`.
fn tests(folder: &Path) -> Command {
    let mut test = command(
        "npm",
        &["test", "--silent", "--workspace", "tests/packaging"],
    );
    test.env("THROUGHLINE_ARTIFACTS", folder);
    test
}

/// Writes all artifacts into a new folder.
fn make(checkout: &Checkout, binaries: &Binaries, folder: &str) -> Result<PathBuf, Failure> {
    let folder = root().join(folder);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(Failure::path(&folder))?;
    }
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    let version = &checkout.version;
    for (name, binary) in [
        ("throughline", &binaries.development),
        ("throughline-production", &binaries.production),
    ] {
        let inside = format!("{name}-{version}-{}", HERE.name);
        let mut archive = Archive::new(checkout.epoch);
        archive.add(Entry::program(format!("{inside}/throughline"), binary))?;
        for file in BESIDE {
            let name = file.rsplit('/').next().unwrap_or(file);
            archive.add(Entry::file(format!("{inside}/{name}"), &root().join(file)))?;
        }
        archive.write_gzip(&folder.join(format!("{inside}.tar.gz")))?;
    }
    checkout.write_source(&folder)?;
    image::write(checkout, &binaries.production, &folder)?;
    npm::pack(checkout, &binaries.development, &folder)?;
    formula::write(checkout, &folder)?;
    sbom::write(checkout, &folder)?;
    provenance::write(checkout, &folder)?;
    sums::write(&folder)?;
    for (name, size) in sums::sizes(&folder)? {
        println!("{name:<44} {size:>11}");
    }
    Ok(folder)
}

const ARTIFACTS: &str = "target/release-artifacts";
/// The files of an archive beside the binary.
const BESIDE: [&str; 7] = [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "deploy/systemd/throughline.service",
    "deploy/systemd/throughline.sysusers",
    "edge-worker/native/README.md",
    "edge-worker/native/throughline.schema.json",
    "edge-worker/native/throughline.toml",
];
const USAGE: &str = "\
cargo xtask release            build and check all artifacts of the commit, from a clean checkout
cargo xtask release --trial    pack the debug build of this tree, twice, and compare the two";
