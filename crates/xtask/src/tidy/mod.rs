//! `cargo xtask tidy`: checks the repository against ARCHITECTURE.md and CONTRIBUTING.md.

mod comments;
mod cycles;
mod dashboards;
mod deny;
mod early_late;
mod files;
mod headers;
mod imports;
mod links;
mod metadata;
mod modules;
mod names;
mod production;
mod queries;
mod source;

use crate::alerts;
use crate::failure::Failure;

/// Runs every check; one failure lists all violations.
pub(crate) fn run() -> Result<(), Failure> {
    let sources = source::all()?;
    let mut wrong = Vec::new();
    wrong.extend(imports::check()?);
    wrong.extend(cycles::check(&sources));
    wrong.extend(production::check()?);
    wrong.extend(deny::check()?);
    wrong.extend(early_late::check(&sources)?);
    wrong.extend(files::check(&sources));
    wrong.extend(headers::check(&sources));
    wrong.extend(comments::check(&sources));
    wrong.extend(names::check(&sources)?);
    wrong.extend(modules::check(&sources)?);
    wrong.extend(links::check()?);
    wrong.extend(dashboards::check()?);
    wrong.extend(queries::check()?);
    wrong.extend(alerts::check()?);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Failure::Check(format!(
        "not tidy:\n  {}",
        wrong.join("\n  ")
    )))
}
