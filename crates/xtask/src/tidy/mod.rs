//! Does the repository keep its own rules? Each is an invariant of ARCHITECTURE.md.

mod deny;
mod files;
mod imports;

use crate::failure::Failure;

/// Runs every check; one failure names all that is wrong.
pub(crate) fn run() -> Result<(), Failure> {
    let mut wrong = Vec::new();
    wrong.extend(imports::check()?);
    wrong.extend(deny::check()?);
    wrong.extend(files::check()?);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "not tidy:\n  {}",
        wrong.join("\n  ")
    )))
}
