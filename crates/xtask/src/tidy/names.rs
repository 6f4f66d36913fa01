//! Checks the names of files, types and semantic conventions.

use super::source::Source;
use crate::codegen;
use crate::failure::Failure;
use std::collections::HashSet;

/// The violations, one sentence each.
pub(super) fn check(sources: &[Source]) -> Result<Vec<String>, Failure> {
    let mut wrong = Vec::new();
    for Source { path, text } in sources {
        let file = path.rsplit('/').next().unwrap_or(path);
        if let Some(word) = banned(file.split('.').next().unwrap_or(file)) {
            wrong.push(format!(
                "{path}: `{word}` is banned in file names (CONTRIBUTING.md)"
            ));
        }
        for name in types(text) {
            if let Some(word) = banned(name) {
                wrong.push(format!(
                    "{path}: `{word}` is banned in type names, so in {name} (CONTRIBUTING.md)"
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

/// The types that a file defines. An indented one is an associated type, named by its trait.
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

/// The banned word in a name, in any case style.
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
/// Words that are banned in names (CONTRIBUTING.md).
const BANNED: &[&str] = &[
    // They name nothing.
    "manager", "helper", "helpers", "util", "utils", "common", "misc", "data", "info",
    // A concurrency limit, a notification, a batch, a protocol, a response have words of their own.
    "lane", "lanes", "bell", "ring", "letter", "door", "entrance", "answer",
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
            "// struct Comment",
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
