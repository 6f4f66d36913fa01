//! Writes the contract as Rust: positions and attributes of fields, drop reasons.

use super::super::constant;
use super::model::{Contract, FORMS, Field, Kind, Member};
use std::fmt::Write as _;

/// `facts/generated.rs`: a module for each group and kind.
pub(super) fn facts(contract: &Contract) -> String {
    let longest = contract.kinds.iter().map(|kind| length(contract, kind));
    let mut out = format!(
        "{HEADER}\n\
         /// Version of the format.\n\
         pub const FORMAT: u64 = {};\n\n\
         /// The most UTF-16 code units that a page writes of a text.\n\
         pub const TEXT_LIMIT: usize = {};\n\n\
         /// How many fields the longest kind has, its letter included.\n\
         pub const MOST_FIELDS: usize = {};\n",
        contract.format,
        contract.text_limit,
        longest.max().unwrap_or_default(),
    );
    for (name, code, brief) in &contract.separators {
        let name = constant(name);
        let _ = write!(
            out,
            "\n/// {brief}\npub const {name}_END: u8 = {code:#04x};\n"
        );
    }
    kinds(&mut out, contract);
    for group in &contract.groups {
        let positions: Vec<_> = group.fields.iter().enumerate().collect();
        let mut body = String::new();
        for &(at, field) in &positions {
            position(&mut body, at, field);
        }
        attributes(&mut body, &positions);
        module(&mut out, &group.name, &group.brief, &body);
    }
    for kind in &contract.kinds {
        let positions = contract.positions(kind);
        let mut body = format!(
            "\n    /// The letter of the kind.\n    pub const KIND: u8 = b'{}';\n",
            kind.letter
        );
        for &(at, member) in &positions {
            match member {
                Member::Field(field) => position(&mut body, at, field),
                Member::Group(name) => {
                    let _ = write!(
                        body,
                        "\n    /// The first field of [`{name}`](super::{name}).\n    \
                         pub const {}: usize = {at};\n",
                        constant(name)
                    );
                }
            }
        }
        let fields: Vec<_> = positions
            .iter()
            .filter_map(|(at, member)| match member {
                Member::Field(field) => Some((*at, field)),
                Member::Group(_) => None,
            })
            .collect();
        attributes(&mut body, &fields);
        let brief = format!("`{}`: {}", kind.letter, kind.brief);
        module(&mut out, &kind.name, &brief, &body);
    }
    out
}

/// `drop_reason/generated.rs`: the enum and its names.
pub(super) fn drop_reasons(contract: &Contract) -> String {
    let (mut variants, mut all) = (String::new(), String::new());
    let (mut to_name, mut from_name) = (String::new(), String::new());
    for (name, brief) in &contract.drop_reasons {
        let variant = pascal(name);
        let _ = write!(variants, "    /// {brief}\n    {variant},\n");
        let _ = writeln!(all, "        Self::{variant},");
        let _ = writeln!(to_name, "            Self::{variant} => \"{name}\",");
        let _ = writeln!(from_name, "            \"{name}\" => Self::{variant},");
    }
    format!(
        "{HEADER}\n\
         /// Why a page dropped records before it could send them.\n\
         #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]\n\
         #[non_exhaustive]\n\
         pub enum DropReason {{\n{variants}    \
         /// A reason of a newer page.\n    Other,\n}}\n\n\
         impl DropReason {{\n    \
         /// Every reason that a page sends.\n    \
         pub const ALL: [Self; {}] = [\n{all}    ];\n\n    \
         /// The name on the wire and in the edge's metrics.\n    \
         pub const fn as_str(self) -> &'static str {{\n        match self {{\n{to_name}            \
         Self::Other => \"other\",\n        }}\n    }}\n\n    \
         /// The reason with this name; [`DropReason::Other`] for an unknown one. A name from a\n    \
         /// page never becomes an attribute value as it is: each new one is a new time series.\n    \
         pub fn named(name: &str) -> Self {{\n        match name {{\n{from_name}            \
         _ => Self::Other,\n        }}\n    }}\n}}\n",
        contract.drop_reasons.len()
    )
}

/// A name as a type: `drop_reason` → `DropReason`.
pub(super) fn pascal(name: &str) -> String {
    name.split('_')
        .map(|word| {
            let (first, rest) = word.split_at(1.min(word.len()));
            first.to_uppercase() + rest
        })
        .collect()
}

/// The names of all kinds and their fields, by position.
fn kinds(out: &mut String, contract: &Contract) {
    let _ = write!(
        out,
        "\n/// Every kind: its name, and the names of its fields from position 1 on.\n\
         pub const KINDS: [(u8, &str, &[&str]); {}] = [\n",
        contract.kinds.len()
    );
    for kind in &contract.kinds {
        let fields = contract.all_fields(kind);
        let names: Vec<_> = fields
            .iter()
            .map(|field| format!("\"{}\"", field.name))
            .collect();
        let _ = writeln!(
            out,
            "    (b'{}', \"{}\", &[{}]),",
            kind.letter,
            kind.name,
            names.join(", ")
        );
    }
    out.push_str("];\n");
}

fn length(contract: &Contract, kind: &Kind) -> usize {
    1 + contract.all_fields(kind).len()
}

fn module(out: &mut String, name: &str, brief: &str, body: &str) {
    let imports = if body.contains("Form::") {
        "    use crate::facts::{Attribute, Form};\n    use throughline_semconv as semconv;\n"
    } else {
        ""
    };
    let _ = write!(out, "\n/// {brief}\npub mod {name} {{\n{imports}{body}}}\n");
}

fn position(out: &mut String, at: usize, field: &Field) {
    let _ = write!(
        out,
        "\n    /// {}: {}\n    pub const {}: usize = {at};\n",
        field.kind,
        field.brief,
        constant(&field.name)
    );
    if !field.items.is_empty() {
        let _ = write!(
            out,
            "\n    /// The items of [`{0}`] that belong together.\n    \
             pub const {0}_ITEMS: [&str; {1}] = [{2}];\n",
            constant(&field.name),
            field.items.len(),
            field.items.join(", ")
        );
    }
    for value in field.values.iter().filter(|value| value.starts_with('"')) {
        let value = value.trim_matches('"');
        let _ = write!(
            out,
            "\n    /// A value of [`{0}`].\n    pub const {0}_{1}: &str = \"{value}\";\n",
            constant(&field.name),
            constant(&snake(value))
        );
    }
}

/// The fields whose value is that of an attribute.
fn attributes(out: &mut String, fields: &[(usize, &Field)]) {
    let entries: Vec<String> = fields
        .iter()
        .filter(|(_, field)| !field.computed)
        .filter_map(|(at, field)| {
            let (_, form) = FORMS.iter().find(|(kind, _)| *kind == field.kind)?;
            let name = constant(field.attribute.as_ref()?);
            Some(format!("        ({at}, Form::{form}, semconv::{name}),\n"))
        })
        .collect();
    if entries.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "\n    /// The fields that are attributes as they stand.\n    \
         pub const ATTRIBUTES: [Attribute; {}] = [\n{}    ];\n",
        entries.len(),
        entries.concat()
    );
}

fn snake(name: &str) -> String {
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            words.push('_');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

const HEADER: &str = "// Generated from facts.toml by `cargo xtask codegen`.\n";
