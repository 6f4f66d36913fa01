//! The sizes of a module's functions and sections, before compression.

use std::collections::BTreeMap;
use std::fmt::Write;
use wasmparser::{KnownCustom, Name, Parser, Payload, TypeRef};

/// A line for each section and each function: `section` or `function`, bytes, name, with tabs between.
///
/// # Errors
/// The module cannot be read.
pub(crate) fn sizes(module: &[u8]) -> anyhow::Result<String> {
    let mut imported = 0_u32;
    let mut sections = BTreeMap::new();
    let mut bodies = Vec::new();
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(module) {
        match payload? {
            Payload::ImportSection(imports) => {
                *sections.entry("import").or_default() += imports.range().len();
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionStart { range, .. } => {
                sections.insert("code", range.len());
            }
            Payload::CodeSectionEntry(body) => bodies.push(body.range().len()),
            Payload::CustomSection(custom) => {
                if let KnownCustom::Name(parts) = custom.as_known() {
                    for part in parts {
                        if let Name::Function(functions) = part? {
                            for naming in functions {
                                let naming = naming?;
                                names.insert(naming.index, naming.name);
                            }
                        }
                    }
                }
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    *sections.entry(title(id)).or_default() += range.len();
                }
            }
        }
    }
    let mut lines = String::new();
    for (name, bytes) in sections {
        writeln!(lines, "section\t{bytes}\t{name}")?;
    }
    for (index, bytes) in (imported..).zip(bodies) {
        let name = names.get(&index).copied().unwrap_or("without a name");
        writeln!(lines, "function\t{bytes}\t{name}")?;
    }
    Ok(lines)
}

/// The name of a section: <https://webassembly.github.io/spec/core/binary/modules.html#sections>
fn title(id: u8) -> &'static str {
    match id {
        1 => "type",
        3 => "function",
        4 => "table",
        5 => "memory",
        6 => "global",
        7 => "export",
        9 => "element",
        11 => "data",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One import, one function `add` of seven bytes, an export and the section of names.
    const MODULE: &[u8] = b"\0asm\x01\0\0\0\
        \x01\x0a\x02\x60\x00\x00\x60\x02\x7f\x7f\x01\x7f\
        \x02\x07\x01\x01a\x01b\x00\x00\
        \x03\x02\x01\x01\
        \x0a\x09\x01\x07\x00\x20\x00\x20\x01\x6a\x0b\
        \x00\x0d\x04name\x01\x06\x01\x01\x03add";

    #[test]
    fn functions_have_their_bytes_and_names() {
        let text = sizes(MODULE).expect("a module");
        assert!(text.ends_with("function\t7\tadd\n"), "{text}");
        assert!(text.contains("section\t9\tcode\n"), "{text}");
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(sizes(b"\0asm").is_err());
        assert!(sizes(&MODULE[..30]).is_err());
    }
}
