//! The provenance of the artifacts: an in-toto statement with SLSA's predicate, not signed.
//! <https://slsa.dev/spec/v1.1/provenance>

use super::checkout::Checkout;
use super::platform::HERE;
use super::sums;
use crate::command::{command, output, root};
use crate::failure::Failure;
use serde_json::{Value, json};
use std::path::Path;

/// Writes `throughline-VERSION.intoto.json` about all files in `folder`.
pub(super) fn write(checkout: &Checkout, folder: &Path) -> Result<(), Failure> {
    let subjects: Vec<Value> = sums::of(folder)?
        .into_iter()
        .map(|(name, sum)| json!({ "name": name, "digest": { "sha256": sum } }))
        .collect();
    let repository = format!("git+{}", env!("CARGO_PKG_REPOSITORY"));
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/install.md#what-a-release-has"),
                "externalParameters": { "command": checkout.command, "repository": repository },
                "internalParameters": {
                    "SOURCE_DATE_EPOCH": checkout.epoch,
                    "target": HERE.target,
                    "rustc": version("rustc")?,
                    "cargo": version("cargo")?,
                    "npm": version("npm")?,
                },
                "resolvedDependencies": [
                    { "uri": repository, "digest": { "gitCommit": checkout.commit } },
                    lock("Cargo.lock")?,
                    lock("package-lock.json")?,
                ],
            },
            "runDetails": {
                // Whoever signs it says more of the builder.
                "builder": { "id": concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/crates/xtask") },
            },
        },
    });
    let file = folder.join(format!("throughline-{}.intoto.json", checkout.version));
    std::fs::write(&file, format!("{statement:#}\n")).map_err(Failure::path(&file))
}

fn version(program: &str) -> Result<String, Failure> {
    output(&mut command(program, &["--version"])).map(|text| text.trim().to_owned())
}

fn lock(name: &str) -> Result<Value, Failure> {
    let path = root().join(name);
    let bytes = std::fs::read(&path).map_err(Failure::path(&path))?;
    Ok(json!({ "name": name, "digest": { "sha256": sums::sha256(&bytes) } }))
}
