//! Reads the packages of `cargo metadata`.

use crate::command::{command, output};
use crate::failure::Failure;
use serde_json::Value;

/// The packages, as cargo describes them.
pub(super) fn packages(flags: &[&str]) -> Result<Vec<Value>, Failure> {
    let mut cargo = command("cargo", &["metadata", "--format-version", "1"]);
    let text = output(cargo.args(flags))?;
    let mut metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Check(format!("cargo metadata: {error}")))?;
    match metadata["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err(Failure::Check(
            "cargo metadata lists no packages".to_owned(),
        )),
    }
}
