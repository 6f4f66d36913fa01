//! Builds the binaries, and checks that they are static.

use super::checkout::Checkout;
use super::platform::HERE;
use crate::command::{command, output, root, run};
use crate::failure::Failure;
use crate::serve::native;
use std::path::{Path, PathBuf};

/// The two builds of the program.
#[derive(Debug)]
pub(super) struct Binaries {
    /// Without `throughline dev`.
    pub(super) production: PathBuf,
    /// With it.
    pub(super) development: PathBuf,
}

impl Binaries {
    /// Builds the static binaries of a release.
    pub(super) fn release(checkout: &Checkout) -> Result<Self, Failure> {
        Ok(Self {
            production: build(checkout, "production", &["--no-default-features"])?,
            development: build(checkout, "development", &[])?,
        })
    }

    /// The debug build in place of both, to try the packing. Line tables are most of it.
    pub(super) fn debug() -> Result<Self, Failure> {
        let folder = root().join("target/release-binaries");
        std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
        let program = folder.join("trial");
        run(command("strip", &["--strip-debug", "-o"]).args([&program, &native::program()?]))?;
        Ok(Self {
            production: program.clone(),
            development: program,
        })
    }
}

fn build(checkout: &Checkout, name: &str, flags: &[&str]) -> Result<PathBuf, Failure> {
    let built = compile(&root(), checkout, flags)?;
    check_static(&built)?;
    // The next build has the same path.
    let folder = root().join("target/release-binaries").join(name);
    let kept = folder.join("throughline");
    std::fs::create_dir_all(&folder).map_err(Failure::path(&folder))?;
    std::fs::copy(&built, &kept).map_err(Failure::path(&built))?;
    Ok(kept)
}

/// Compiles the program of a checkout that is in `source`, and returns its path there.
pub(super) fn compile(
    source: &Path,
    checkout: &Checkout,
    flags: &[&str],
) -> Result<PathBuf, Failure> {
    let mut build = command("cargo", &["build", "--release", "--locked"]);
    build.args(["--package", "throughline", "--bin", "throughline"]);
    build.args(["--target", HERE.target]);
    let remap = remapped(source)?;
    let rust: Vec<String> = remap
        .iter()
        .map(|(from, to)| format!("--remap-path-prefix={from}={to}"))
        .collect();
    let c: Vec<String> = remap
        .iter()
        .map(|(from, to)| format!("-ffile-prefix-map={from}={to}"))
        .collect();
    let target = HERE.target.replace('-', "_");
    run(build
        .args(flags)
        .current_dir(source)
        .env("CARGO_TARGET_DIR", source.join("target"))
        .env(
            format!("CARGO_TARGET_{}_RUSTFLAGS", target.to_uppercase()),
            rust.join(" "),
        )
        .env(format!("CFLAGS_{target}"), c.join(" "))
        .env("SOURCE_DATE_EPOCH", checkout.epoch.to_string()))?;
    Ok(source.join(format!("target/{}/release/throughline", HERE.target)))
}

/// Folders of this machine, and what stands for them in messages of panics: the same commit makes
/// the same bytes in every folder.
fn remapped(source: &Path) -> Result<[(String, &'static str); 3], Failure> {
    let sysroot = output(&mut command("rustc", &["--print", "sysroot"]))?;
    let cargo = std::env::var("CARGO_HOME").map_or_else(
        |_| std::env::home_dir().unwrap_or_default().join(".cargo"),
        PathBuf::from,
    );
    Ok([
        (source.display().to_string(), "/throughline"),
        (cargo.display().to_string(), "/cargo"),
        (sysroot.trim().to_owned(), "/rust"),
    ])
}

/// A static binary names no interpreter, which would load its libraries.
fn check_static(binary: &Path) -> Result<(), Failure> {
    let headers = output(command("readelf", &["--program-headers", "--wide"]).arg(binary))?;
    if headers.contains("LOAD") && !headers.contains("INTERP") {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "{} is not static",
        binary.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_with_an_interpreter_is_not_static() {
        let this = std::env::current_exe().expect("a path");
        assert!(check_static(&this).is_err());
    }
}
