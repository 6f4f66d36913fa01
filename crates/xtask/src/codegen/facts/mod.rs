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

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = r#"
format = 2
text_limit = 8192
[separators]
field = { code = 0x1f, brief = "Between fields." }
[types]
text = { typescript = "string | Absent", brief = "text" }
list = { typescript = "readonly string[]", brief = "texts" }
[objects]
parsed_url = { typescript = "URL", brief = "the parsed address" }
[[group]]
name = "ids"
brief = "Ids."
fields = [{ name = "trace", type = "text", brief = "Trace." }]
[[kind]]
name = "request"
letter = "F"
brief = "A request."
fields = [
  { group = "ids" },
  { name = "url", type = "text", attribute = "url.full", brief = "Address." },
  { name = "host", type = "text", of = "parsed_url", brief = "Host." },
  { name = "port", type = "text", of = "parsed_url", since = 2, brief = "Port." },
]
[drop_reasons]
expired = "Too old."
"#;

    fn parsed(text: &str) -> Result<Contract, String> {
        let contract = parse::contract(&text.parse().expect("TOML"))?;
        contract.check(&["url.full".to_owned()])?;
        Ok(contract)
    }

    #[test]
    fn rust_reads_by_position_and_typescript_by_object() {
        let contract = parsed(CONTRACT).expect("a contract");
        let rust = rust::facts(&contract);
        for part in [
            "pub const TEXT_LIMIT: usize = 8192;",
            "pub const FIELD_END: u8 = 0x1f;",
            "pub const MOST_FIELDS: usize = 5;",
            "pub const IDS: usize = 1;",
            "pub const PORT: usize = 4;",
            "(2, Form::Text, semconv::URL_FULL),",
            "(b'F', \"request\", &[\"trace\", \"url\", \"host\", \"port\"]),",
        ] {
            assert!(rust.contains(part), "{part} in\n{rust}");
        }
        let typescript = typescript::facts(&contract);
        let captured = "  trace: string | Absent,\n  url: string | Absent,\n  parsedUrl: URL,\n];";
        let written = "  host: string | Absent,\n  port: string | Absent,\n];";
        let field_end = "export const FIELD_END = \"\\x1f\";";
        for part in [captured, written, field_end] {
            assert!(typescript.contains(part), "{part} in\n{typescript}");
        }
    }

    #[test]
    fn a_wrong_contract_is_refused_with_its_place() {
        for (from, to, wrong) in [
            (
                "brief = \"Host.\"",
                "breif = \"Host.\"",
                "host: unknown key breif",
            ),
            (", brief = \"Host.\"", "", "host has no brief"),
            (
                "url.full",
                "url.fill",
                "request.url: url.fill is not in registry.toml",
            ),
            (
                "\"url\", type = \"text\"",
                "\"url\", type = \"list\"",
                "request.url: a list is no attribute as it stands",
            ),
            (
                "since = 2",
                "since = 3",
                "request.port is newer than the format",
            ),
            (
                "of = \"parsed_url\", brief",
                "since = 2, brief = \"\" }, { name = \"old\", type = \"text\", brief",
                "request.old is older than a field before it",
            ),
            (
                "of = \"parsed_url\", since",
                "of = \"path\", since",
                "request.port: no object is called path",
            ),
            (
                "\"host\", type",
                "\"host\", optional = true, type",
                "request.port comes after an optional field, so it is optional too",
            ),
            (
                "letter = \"F\"",
                "letter = \"F\"\nlasts = \"page\"",
                "request: the letter F does not go with lasts = Some(\"page\")",
            ),
            (
                "code = 0x1f",
                "code = 0x7c",
                "separators.field: the code is an ASCII control character",
            ),
            (
                "letter = \"F\"",
                "letter = \"H\"",
                "the header does not begin with the version of the format",
            ),
        ] {
            let text = CONTRACT.replacen(from, to, 1);
            assert_ne!(text, CONTRACT, "{from}");
            assert_eq!(parsed(&text).err().as_deref(), Some(wrong), "{to}");
        }
    }
}
