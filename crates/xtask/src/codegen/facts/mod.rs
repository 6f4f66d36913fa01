//! Generates the contract between page and edge from `facts.toml`.

mod markdown;
mod model;
mod parse;
mod rust;
mod typescript;

use super::{Generated, read, registry};
use crate::failure::Failure;
use model::Contract;
use std::path::Path;

/// The contract for Rust, for TypeScript and for readers.
pub(super) fn generated() -> Result<Vec<Generated>, Failure> {
    let contract = contract()?;
    let source = "facts.toml";
    Ok(vec![
        Generated {
            path: "crates/throughline-wire/src/facts/generated.rs",
            source,
            text: rust::facts(&contract),
        },
        Generated {
            path: "crates/throughline-wire/src/drop_reason/generated.rs",
            source,
            text: rust::drop_reasons(&contract),
        },
        Generated {
            path: "npm/browser/src/generated/facts.ts",
            source,
            text: typescript::facts(&contract),
        },
        Generated {
            path: "crates/throughline-wire/src/facts/generated.md",
            source,
            text: markdown::facts(&contract),
        },
    ])
}

/// The attributes whose value is that of a field.
pub(super) fn attributes() -> Result<Vec<String>, Failure> {
    let contract = contract()?;
    let groups = contract.groups.iter().map(|group| &group.fields);
    let kinds = contract.kinds.iter().map(|kind| &kind.own);
    Ok(groups
        .chain(kinds)
        .flatten()
        .filter(|field| !field.computed)
        .filter_map(|field| field.attribute.clone())
        .collect())
}

fn contract() -> Result<Contract, Failure> {
    let table = read(Path::new("crates/throughline-wire/facts.toml"))?;
    let contract = parse::contract(&table).map_err(wrong)?;
    let names: Vec<String> = registry()?.into_iter().map(|(name, _)| name).collect();
    contract.check(&names).map_err(wrong)?;
    Ok(contract)
}

fn wrong(message: String) -> Failure {
    Failure::Check(format!("facts.toml: {message}"))
}
