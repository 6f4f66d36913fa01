//! Does the repository keep its own rules? Each is an invariant of ARCHITECTURE.md, or a
//! sentence of CONTRIBUTING.md.

mod deny;
mod early_late;
mod files;
mod imports;
mod names;
mod source;

use crate::failure::Failure;

/// Runs every check; one failure names all that is wrong.
pub(crate) fn run() -> Result<(), Failure> {
    let sources = source::all()?;
    let mut wrong = Vec::new();
    wrong.extend(imports::check()?);
    wrong.extend(deny::check()?);
    wrong.extend(early_late::check(&sources)?);
    wrong.extend(files::check(&sources));
    wrong.extend(names::check(&sources)?);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "not tidy:\n  {}",
        wrong.join("\n  ")
    )))
}
