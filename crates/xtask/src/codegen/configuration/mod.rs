//! Generates the reference of the configuration, `docs/configuration.md`, from its JSON schema, which
//! a test of the native host compares with the types.

mod schema;

use super::Generated;
use crate::command::root;
use crate::failure::Failure;
use schema::{Properties, Schema};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// `docs/configuration.md`.
pub(super) fn generated() -> Result<Generated, Failure> {
    let path = root().join(SOURCE);
    let text = std::fs::read_to_string(&path).map_err(Failure::path(&path))?;
    let schema = serde_json::from_str(&text)
        .map_err(|error| Failure::Check(format!("{}: {error}", path.display())))?;
    Ok(Generated {
        path: "docs/configuration.md",
        source: SOURCE,
        text: page(&schema),
    })
}

const SOURCE: &str = "edge-worker/native/throughline.schema.json";

fn page(schema: &Schema) -> String {
    let mut out = format!(
        "<!-- Generated from {SOURCE} by `cargo xtask codegen`. -->\n\n{}",
        include_str!("introduction.md")
    );
    let mut reference = Reference {
        definitions: &schema.definitions,
        sections: BTreeMap::new(),
        waiting: Vec::new(),
    };
    out.push_str("\n## Keys outside tables\n");
    reference.keys(&mut out, schema, "");
    // A table comes before its own tables, and these before the next one, as in a file.
    while let Some((heading, path, definition)) = reference.waiting.pop() {
        let _ = write!(
            out,
            "\n## `{heading}`\n\n{}\n",
            one_line(&definition.description)
        );
        reference.keys(&mut out, definition, &path);
    }
    out
}

/// The tables of the configuration.
struct Reference<'a> {
    definitions: &'a BTreeMap<String, Schema>,
    /// The heading of each definition that has a section.
    sections: BTreeMap<&'a str, String>,
    /// Tables that have no section yet, the next one last: heading, path and definition.
    waiting: Vec<(String, String, &'a Schema)>,
}

impl<'a> Reference<'a> {
    /// Writes the keys of a table, and plans the sections of the tables in it.
    fn keys(&mut self, out: &mut String, table: &'a Schema, path: &str) {
        out.push_str("\n| key | value | default | |\n|---|---|---|---|\n");
        let planned = self.waiting.len();
        for (key, schema) in &table.properties.0 {
            let path = match path {
                "" => key.clone(),
                path => format!("{path}.{key}"),
            };
            let value = self.value(schema, &path);
            let default = match &schema.default {
                _ if table.required.contains(key) => "required".to_owned(),
                Some(Value::Object(_)) => String::new(),
                Some(Value::Null) => "not set".to_owned(),
                None if value.starts_with("table") => String::new(),
                None => "not set".to_owned(),
                Some(value) => format!("`{value}`"),
            };
            let meaning = self.meaning(schema);
            let _ = writeln!(out, "| `{key}` | {value} | {default} | {meaning} |");
        }
        self.waiting[planned..].reverse();
    }

    /// Names the kind of a value; a table has a section, and this links to it.
    fn value(&mut self, schema: &'a Schema, path: &str) -> String {
        if let Some(name) = schema.definition() {
            return self.named(name, path, false);
        }
        if schema.alternatives().next().is_some() {
            let values: Vec<_> = (schema.alternatives())
                .map(|alternative| self.value(alternative, path))
                .collect();
            return values.join(" or ");
        }
        match schema.kind() {
            Some("array") => match &schema.items {
                Some(items) => match items.definition() {
                    Some(name) => self.named(name, path, true),
                    None => format!("list: {}", self.value(items, path)),
                },
                None => "list".to_owned(),
            },
            Some("object") => "table of texts".to_owned(),
            Some("string") => "text".to_owned(),
            Some("integer") => "whole number".to_owned(),
            Some("boolean") => "`true` or `false`".to_owned(),
            Some(kind) => kind.to_owned(),
            None => String::new(),
        }
    }

    /// Names a definition: a table by a link, a choice by its values.
    fn named(&mut self, name: &str, path: &str, is_list: bool) -> String {
        let Some((name, definition)) = self.definitions.get_key_value(name) else {
            return name.to_owned();
        };
        let before = if is_list { "list: " } else { "" };
        let Properties(keys) = &definition.properties;
        if keys.is_empty() {
            let value = match definition.one_of.is_empty() {
                true => self.value(definition, path),
                false => choice(definition),
            };
            return format!("{before}{value}");
        }
        let heading = self.sections.entry(name).or_insert_with(|| {
            let heading = match is_list {
                true => format!("[[{path}]]"),
                false => format!("[{path}]"),
            };
            (self.waiting).push((heading.clone(), path.to_owned(), definition));
            heading
        });
        let anchor = heading.replace(['[', ']', '.'], "");
        let kind = if is_list { "tables" } else { "table" };
        format!("{kind}, [`{heading}`](#{anchor})")
    }

    /// Describes a key, and each value of a choice.
    fn meaning(&self, schema: &Schema) -> String {
        let of = schema.items.as_deref().unwrap_or(schema);
        let Some(definition) = of.definition().and_then(|name| self.definitions.get(name)) else {
            return one_line(&schema.description);
        };
        let mut meaning = one_line(match &*schema.description {
            "" => &definition.description,
            description => description,
        });
        for value in &definition.one_of {
            if let Some(name) = &value.constant {
                let _ = write!(
                    meaning,
                    "<br>`\"{name}\"`: {}",
                    one_line(&value.description)
                );
            }
        }
        meaning
    }
}

/// The values of a choice.
fn choice(definition: &Schema) -> String {
    let values: Vec<_> = (definition.one_of.iter())
        .filter_map(|value| Some(format!("`\"{}\"`", value.constant.as_ref()?)))
        .collect();
    match values.len() {
        0..=3 => values.join(", "),
        _ => "one of these".to_owned(),
    }
}

/// A comment as the cell of a table.
fn one_line(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
