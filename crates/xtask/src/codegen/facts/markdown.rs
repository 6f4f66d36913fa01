//! Writes the contract as tables of the documentation.

use super::model::{Contract, Field, Member};
use std::fmt::Write as _;

/// `facts/generated.md`.
pub(super) fn facts(contract: &Contract) -> String {
    let mut out = format!(
        "<!-- Generated from facts.toml by `cargo xtask codegen`. -->\n\n\
         This is version {} of the format. Types of fields:\n\n| type | form |\n|---|---|\n",
        contract.format
    );
    for known in &contract.types {
        let _ = writeln!(out, "| {} | {} |", known.name, known.brief);
    }
    let _ = write!(
        out,
        "\n`text_limit` is {}.\n\n| separator | character | use |\n|---|---|---|\n",
        contract.text_limit
    );
    for (name, code, brief) in &contract.separators {
        let _ = writeln!(out, "| {name} | U+{code:04X} | {brief} |");
    }
    out.push_str("\nKinds of which a reader that begins anew needs what was sent:\n\n| needs | kinds |\n|---|---|\n");
    for (way, needs) in [
        ("first", "the first one"),
        ("latest", "the last one"),
        ("page", "all"),
        ("recent", "all, but of many the oldest are given up"),
    ] {
        let letters = contract.lasting(&[way]);
        let letters: Vec<_> = letters
            .chars()
            .map(|letter| format!("`{letter}`"))
            .collect();
        let _ = writeln!(out, "| {needs} | {} |", letters.join(", "));
    }
    for group in &contract.groups {
        let _ = write!(out, "\n### Group `{}`\n\n{}\n", group.name, group.brief);
        out.push_str(TABLE);
        for (at, field) in group.fields.iter().enumerate() {
            row(&mut out, at, field);
        }
    }
    for kind in &contract.kinds {
        let _ = write!(
            out,
            "\n### `{}`: {}\n\n{}\n",
            kind.letter, kind.name, kind.brief
        );
        if kind.members.is_empty() {
            continue;
        }
        out.push_str(TABLE);
        for (at, member) in contract.positions(kind) {
            match member {
                Member::Field(field) => row(&mut out, at, field),
                Member::Group(name) => {
                    let last = at + contract.fields(member).len() - 1;
                    let _ = writeln!(out, "| {at}–{last} | group `{name}` | | | | |");
                }
            }
        }
    }
    out.push_str("\n### Drop reasons\n\n| reason | when |\n|---|---|\n");
    for (name, brief) in &contract.drop_reasons {
        let _ = writeln!(out, "| `{name}` | {brief} |");
    }
    out
}

fn row(out: &mut String, at: usize, field: &Field) {
    let attribute = field.attribute.as_ref().map(|name| format!("`{name}`"));
    let mut forms = String::new();
    match field.values.len() {
        0 => {}
        1 => forms = format!(" Always {}.", quoted(&field.values)),
        _ => forms = format!(" One of {}.", quoted(&field.values)),
    }
    if !field.items.is_empty() {
        forms = format!(
            " Each is {} items: {}.",
            field.items.len(),
            quoted(&field.items)
        );
    }
    let _ = writeln!(
        out,
        "| {at} | {} | {} | {} | {}{forms} | {} |",
        field.name,
        field.kind,
        attribute.unwrap_or_default(),
        field.brief,
        field.since
    );
}

fn quoted(values: &[String]) -> String {
    let values = values
        .iter()
        .map(|value| format!("`{}`", value.trim_matches('"')));
    values.collect::<Vec<_>>().join(", ")
}

const TABLE: &str =
    "\n| position | field | type | attribute | meaning | since |\n|---|---|---|---|---|---|\n";
