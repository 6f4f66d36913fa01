//! Writes the facts of presets as a table in Rust.

use super::model::{Address, EVENT_NAME, Preset};
use std::fmt::Write as _;

/// `presets/generated.rs`.
pub(super) fn table(presets: &[Preset]) -> String {
    let mut out = String::from(
        "// Generated from the files beside it by `cargo xtask codegen`.\n\n\
         use super::facts::{Address, Facts, Header, Parameter};\n\
         use serde::{Deserialize, Serialize};\n\n\
         /// A system that people send to.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]\n\
         #[cfg_attr(feature = \"schema\", derive(schemars::JsonSchema))]\n\
         #[serde(rename_all = \"kebab-case\")]\n\
         pub enum BackendPreset {\n",
    );
    // Writing to a String cannot fail.
    for preset in presets {
        let _ = writeln!(
            out,
            "    /// {}.\n    {},",
            preset.title,
            variant(&preset.name)
        );
    }
    let _ = write!(
        out,
        "}}\n\n/// The facts of each, by name.\npub(super) const PRESETS: [Facts; {}] = [\n",
        presets.len()
    );
    for preset in presets {
        facts(&mut out, preset);
    }
    out.push_str("];\n");
    out
}

fn facts(out: &mut String, preset: &Preset) {
    let _ = writeln!(out, "    Facts {{");
    let _ = writeln!(out, "        name: {:?},", preset.name);
    let _ = writeln!(out, "        title: {:?},", preset.title);
    let address = match &preset.address {
        Address::Own { path, wanted } => {
            format!("Address::Own {{ path: {path:?}, wanted: {wanted:?} }}")
        }
        Address::At(url) => format!("Address::At({url:?})"),
        Address::Regions(regions) => format!("Address::Regions(&{regions:?})"),
    };
    let _ = writeln!(out, "        address: {address},");
    let _ = writeln!(out, "        ends: {:?},", preset.ends);
    let _ = writeln!(out, "        wrong: &{:?},", preset.wrong);
    let _ = writeln!(out, "        parameters: &[");
    for parameter in &preset.parameters {
        let _ = writeln!(
            out,
            "            Parameter {{ name: {:?}, wanted: {:?}, one_of: &{:?} }},",
            parameter.name, parameter.wanted, parameter.one_of
        );
    }
    let _ = writeln!(out, "        ],");
    let optional: Vec<_> = preset.optional.iter().map(|(name, _)| name).collect();
    let _ = writeln!(out, "        optional: &{optional:?},");
    let _ = writeln!(out, "        headers: &[");
    for header in &preset.headers {
        let _ = writeln!(
            out,
            "            Header {{ name: {:?}, signal: {:?}, value: {:?} }},",
            header.name, header.signal, header.value
        );
    }
    let _ = writeln!(out, "        ],");
    let service = preset.signature.as_ref().map_or("", |(service, _)| service);
    let _ = writeln!(out, "        service: {service:?},");
    let _ = writeln!(out, "        takes: &[");
    for taken in &preset.takes {
        let _ = writeln!(out, "            ({:?}, &{:?}),", taken.key, taken.values);
    }
    let _ = writeln!(out, "        ],");
    let limits = preset.limits.iter();
    let limits: Vec<_> = limits.map(|(key, value, _)| (key, value)).collect();
    let _ = writeln!(out, "        limits: &{limits:?},");
    let drops_event_name = preset.drops.iter().any(|(field, _)| field == EVENT_NAME);
    let _ = writeln!(out, "        drops_event_name: {drops_event_name},");
    let statuses = (preset.refuses.as_ref()).map_or(&[][..], |(statuses, _)| statuses);
    let _ = writeln!(out, "        refuses_with: &{statuses:?},");
    let _ = writeln!(out, "    }},");
}

/// The name of a variant, such as `GrafanaCloud`.
fn variant(name: &str) -> String {
    let words = name.split('-');
    words
        .map(|word| {
            let (first, rest) = word.split_at(1);
            first.to_uppercase() + rest
        })
        .collect()
}
