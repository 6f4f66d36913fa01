//! Does every name say something: of files, of types, of the registry?

use super::source::Source;
use crate::codegen;
use crate::failure::Failure;
use std::collections::HashSet;

/// What is wrong with the names, a sentence each.
pub(super) fn check(sources: &[Source]) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    for Source { path, text } in sources {
        let file = path.rsplit('/').next().unwrap_or(path);
        if let Some(word) = banned(file.split('.').next().unwrap_or(file)) {
            wrong.push(format!(
                "{path}: `{word}` says nothing about what the file answers"
            ));
        }
        for name in types(text) {
            if let Some(word) = banned(name) {
                wrong.push(format!(
                    "{path}: `{word}` says nothing about what {name} is"
                ));
            }
        }
    }
    let used: HashSet<&str> = sources
        .iter()
        .flat_map(|source| words(&source.text))
        .collect();
    let of_facts = codegen::attributes_of_facts()?;
    for (name, _) in codegen::registry()? {
        if !used.contains(codegen::constant(&name).as_str()) && !of_facts.contains(&name) {
            wrong.push(format!("`{name}` of registry.toml is used nowhere"));
        }
    }
    Ok(wrong)
}

/// The names that a file gives to types. What is indented is an associated type, whose
/// name is its trait's.
fn types(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()))
        .filter_map(|line| {
            let mut words = words(line).skip_while(|word| MODIFIERS.contains(word));
            words.next().filter(|word| DEFINITIONS.contains(word))?;
            words.next()
        })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// A word in a name, however it is written, that is to be kept out of names.
fn banned(name: &str) -> Option<&'static str> {
    let mut apart = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            apart.push('_');
        }
        apart.push(letter.to_ascii_lowercase());
    }
    BANNED
        .iter()
        .find(|word| apart.split(['_', '-']).any(|part| part == **word))
        .copied()
}

const MODIFIERS: &[&str] = &["pub", "crate", "super", "export", "default", "declare"];
/// Of Rust, TypeScript, Go and Python.
const DEFINITIONS: &[&str] = &["struct", "enum", "trait", "type", "class", "interface"];
/// Words to keep out of names (CONTRIBUTING.md).
const BANNED: &[&str] = &[
    "manager", "helper", "helpers", "util", "utils", "common", "misc", "data", "info",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_every_language_are_found() {
        let text = [
            "pub(crate) struct SpanInfo<'a> {",
            "export default class PageManager {}",
            "type Worker struct {",
            "class Cache:",
            "interface Options {",
            "    type Data = Bytes;",
            "// struct Said",
        ]
        .join("\n");
        assert_eq!(
            types(&text).collect::<Vec<_>>(),
            ["SpanInfo", "PageManager", "Worker", "Cache", "Options"]
        );
    }

    #[test]
    fn a_word_is_found_in_every_spelling() {
        for name in ["SpanInfo", "span_info", "span-info", "infoOfSpan"] {
            assert_eq!(banned(name), Some("info"), "{name}");
        }
        for name in ["Metadata", "utility", "Commons", "information"] {
            assert_eq!(banned(name), None, "{name}");
        }
    }
}
