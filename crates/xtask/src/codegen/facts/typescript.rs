//! Writes the contract as TypeScript: a tuple type for each kind.
//!
//! Types, and constants that the build writes in place, so that the contract adds no byte to
//! the package.

use super::super::constant;
use super::model::{Contract, Field, Kind, Member};
use super::rust::pascal;
use std::fmt::Write as _;

/// `generated/facts.ts`.
pub(super) fn facts(contract: &Contract) -> String {
    let mut out = String::from(HEADER);
    out.push_str("//\n// Types of fields:\n");
    for known in &contract.types {
        let _ = writeln!(out, "// - {}: {}", known.name, known.brief);
    }
    constants(&mut out, contract);
    out.push_str("\n/** No value. */\nexport type Absent = \"\" | undefined;\n");
    for group in &contract.groups {
        let fields: Vec<_> = group.fields.iter().collect();
        let labels = fields.iter().map(|field| label(contract, field));
        tuple(
            &mut out,
            &pascal(&group.name),
            &group.brief,
            &fields,
            labels,
        );
    }
    let (mut captured_union, mut written_union) = (Vec::new(), Vec::new());
    for kind in &contract.kinds {
        let name = pascal(&kind.name);
        let fields = contract.all_fields(kind);
        let letter = format!("kind: \"{}\"", kind.letter);
        let as_written = fields.iter().map(|field| label(contract, field));
        let as_written: Vec<_> = [letter.clone()].into_iter().chain(as_written).collect();
        let as_captured: Vec<_> = [letter]
            .into_iter()
            .chain(captured(contract, kind))
            .collect();
        let is_changed = as_captured != as_written;
        tuple(
            &mut out,
            &format!("{name}Fact"),
            &kind.brief,
            &fields,
            as_captured.into_iter(),
        );
        captured_union.push(format!("{name}Fact"));
        if is_changed {
            let brief = format!("`{name}Fact` as the writer writes it.");
            tuple(
                &mut out,
                &format!("Written{name}"),
                &brief,
                &[],
                as_written.into_iter(),
            );
            written_union.push(format!("Written{name}"));
        } else {
            written_union.push(format!("{name}Fact"));
        }
    }
    for (name, brief, members) in [
        ("Fact", "A fact as capture records it.", captured_union),
        (
            "WrittenFact",
            "A fact as the writer writes it: the kind and the fields in the order of the text.",
            written_union,
        ),
    ] {
        let _ = write!(
            out,
            "\n/** {brief} */\nexport type {name} =\n  | {};\n",
            members.join("\n  | ")
        );
    }
    out.push_str("\n/**\n * Why the page dropped records.\n");
    for (name, brief) in &contract.drop_reasons {
        let _ = writeln!(out, " * - `{name}`: {brief}");
    }
    let names = contract
        .drop_reasons
        .iter()
        .map(|(name, _)| format!("\"{name}\""));
    let names: Vec<_> = names.collect();
    let _ = write!(
        out,
        " */\nexport type DropReason = {};\n",
        names.join(" | ")
    );
    out
}

/// The separators, the limit of a text, and which kinds last.
fn constants(out: &mut String, contract: &Contract) {
    let mut any = String::new();
    for (name, code, brief) in &contract.separators {
        let name = constant(name);
        let _ = write!(
            out,
            "\n/** {brief} */\nexport const {name}_END = \"\\x{code:02x}\";\n"
        );
        let _ = write!(any, "\\x{code:02x}");
    }
    let _ = write!(
        out,
        "\n/** Version of the format. */\nexport const FORMAT = {};\n\
         \n/** The separators: no value holds them. */\nexport const SEPARATORS = \"{any}\";\n\
         \n/** The most UTF-16 code units that a text has. */\nexport const TEXT_LIMIT = {};\n\
         \n/** Of kinds after this letter a reader that begins anew needs what was sent. */\n\
         export const LASTING_AFTER = \"Z\";\n\
         \n/** Of these kinds the oldest facts are given up where there are many. */\n\
         export const RECENT = \"{}\";\n\
         \n/** The kinds of which such a reader needs the first fact and the last one. */\n\
         export const FIRST = \"{}\";\nexport const LATEST = \"{}\";\n",
        contract.format,
        contract.text_limit,
        contract.lasting(&["recent"]),
        contract.lasting(&["first"]),
        contract.lasting(&["latest"]),
    );
}

/// The members of a kind as capture records them: objects of the page in place of the
/// fields that are read from them later.
fn captured(contract: &Contract, kind: &Kind) -> Vec<String> {
    let mut labels = Vec::new();
    let mut object: Option<&str> = None;
    for member in &kind.members {
        for field in contract.fields(member) {
            if field.late {
                continue;
            }
            if field.of.is_none() || !matches!(member, Member::Field(_)) {
                labels.push(label(contract, field));
            } else if field.of.as_deref() != object {
                let known = contract
                    .objects
                    .iter()
                    .find(|known| Some(&known.name) == field.of.as_ref());
                labels.extend(
                    known.map(|known| format!("{}: {}", camel(&known.name), known.typescript)),
                );
            }
            object = field.of.as_deref();
        }
    }
    labels
}

fn tuple(
    out: &mut String,
    name: &str,
    brief: &str,
    fields: &[&Field],
    labels: impl Iterator<Item = String>,
) {
    if fields.is_empty() {
        let _ = write!(out, "\n/** {brief} */\n");
    } else {
        let _ = write!(out, "\n/**\n * {brief}\n *\n");
        for field in fields {
            let _ = writeln!(
                out,
                " * - `{}` ({}): {}",
                camel(&field.name),
                field.kind,
                field.brief
            );
        }
        out.push_str(" */\n");
    }
    let _ = writeln!(out, "export type {name} = readonly [");
    for label in labels {
        let _ = writeln!(out, "  {label},");
    }
    out.push_str("];\n");
}

fn label(contract: &Contract, field: &Field) -> String {
    let mark = if field.optional { "?" } else { "" };
    format!("{}{mark}: {}", camel(&field.name), value(contract, field))
}

/// The type of a field's value.
fn value(contract: &Contract, field: &Field) -> String {
    let known = contract.types.iter().find(|known| known.name == field.kind);
    match &field.typescript {
        Some(typescript) => typescript.clone(),
        None if field.values.is_empty() => known
            .map_or("unknown", |known| &known.typescript)
            .to_owned(),
        None => field.values.join(" | "),
    }
}

fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let (first, rest) = pascal.split_at(1.min(pascal.len()));
    first.to_lowercase() + rest
}

const HEADER: &str = "\
// Generated from facts.toml by `cargo xtask codegen`.
//
// The facts of the page. Capture records each as a tuple, and keeps an object of the page
// (`path`, `parsedUrl`) in place of the fields that the writer reads from it later.
// The writer joins fields by U+001F, ends each fact with U+001E, joins the items of a list by
// U+001D, and replaces these three characters by a space wherever a value holds them.
";
