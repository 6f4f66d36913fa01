//! The Homebrew formula with the checksums of this release.

use super::checkout::Checkout;
use super::platform::HERE;
use super::sums;
use crate::command::root;
use crate::failure::Failure;
use std::path::Path;

/// Writes `throughline.rb`.
pub(super) fn write(checkout: &Checkout, folder: &Path) -> Result<(), Failure> {
    let template = root().join("deploy/homebrew/throughline.rb");
    let mut formula = std::fs::read_to_string(&template).map_err(Failure::path(&template))?;
    let checksum = |name: String| {
        let archive = folder.join(name);
        let bytes = std::fs::read(&archive).map_err(Failure::path(&archive))?;
        Ok(sums::sha256(&bytes))
    };
    let version = &checkout.version;
    for (place, value) in [
        ("{version}", version.clone()),
        (
            "{source.sha256}",
            checksum(format!("throughline-{version}-source.tar.gz"))?,
        ),
        (
            "{linux-x64.sha256}",
            checksum(format!("throughline-{version}-{}.tar.gz", HERE.name))?,
        ),
    ] {
        if !formula.contains(place) {
            return Err(Failure::Check(format!(
                "{} has no {place}",
                template.display()
            )));
        }
        formula = formula.replace(place, &value);
    }
    // The template's header is of the template.
    let formula = formula
        .split_once("\n\n")
        .map_or(formula.as_str(), |(_, rest)| rest);
    let file = folder.join("throughline.rb");
    std::fs::write(&file, formula).map_err(Failure::path(&file))
}
