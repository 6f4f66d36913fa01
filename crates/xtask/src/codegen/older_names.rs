//! Generates the table of older names of attributes from `older-names.toml`.

use super::{Generated, read};
use crate::failure::Failure;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use toml::{Table, Value};

/// The table, in Rust.
pub(super) fn generated() -> Result<Generated, Failure> {
    let source = read(Path::new("crates/throughline-semconv/older-names.toml"))?;
    let mut text = String::from(
        "// Generated from older-names.toml by `cargo xtask codegen`.\n\nuse super::{Older, OlderValue};\n",
    );
    let url = source.get("schema_url").and_then(Value::as_str);
    let url = url.ok_or_else(|| wrong("schema_url is missing"))?;
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\n/// The schema that today's names are of.\npub const SCHEMA_URL: &str = {url:?};\n"
    );
    let rows = rows(&source)?;
    let _ = write!(
        text,
        "\n/// All older names, sorted.\npub(super) static TABLE: [Older; {}] = [\n",
        rows.len()
    );
    for (older, row) in &rows {
        let Row {
            name,
            server,
            places,
        } = row;
        let value = value(&source, older, row)?;
        let _ = writeln!(
            text,
            "    Older {{ older: {older:?}, name: {name:?}, name_of_server: {server:?}, value: {value}, places: {places} }},"
        );
    }
    text.push_str("];\n");
    Ok(Generated {
        path: "crates/throughline-semconv/src/older/generated.rs",
        source: "older-names.toml",
        text,
    })
}

/// Today's name of an older one.
struct Row {
    name: String,
    server: Option<String>,
    places: u8,
}

/// Every older name. One whose name of then is older today as well has the last of them.
fn rows(source: &Table) -> Result<BTreeMap<String, Row>, Failure> {
    let mut rows = BTreeMap::new();
    for (section, places) in [("all", 1 + 2 + 4 + 8), ("resources", 1), ("spans", 2)] {
        for (_, names) in table(source, section)? {
            for (older, name) in names.as_table().into_iter().flatten() {
                let name = name.as_str().ok_or_else(|| wrong(older))?.to_owned();
                let server = None;
                let row = Row {
                    name,
                    server,
                    places,
                };
                if rows.insert(older.clone(), row).is_some() {
                    return Err(wrong(&format!("{older} is there twice")));
                }
            }
        }
    }
    let mut last = BTreeMap::new();
    for (older, row) in &rows {
        let mut name = &row.name;
        while let Some(next) = rows.get(name) {
            name = &next.name;
        }
        last.insert(older.clone(), name.clone());
    }
    for (older, name) in last {
        if let Some(row) = rows.get_mut(&older) {
            row.name = name;
        }
    }
    for (older, names) in table(source, "by_kind")? {
        let [server, name] = two(older, names)?;
        let server = Some(server);
        rows.insert(
            older.clone(),
            Row {
                name,
                server,
                places: 2,
            },
        );
    }
    for (older, names) in table(source, "targets")? {
        let [name, _] = two(older, names)?;
        let server = None;
        rows.insert(
            older.clone(),
            Row {
                name,
                server,
                places: 2,
            },
        );
    }
    Ok(rows)
}

/// The change to the value, as an `OlderValue` in Rust.
fn value(source: &Table, older: &str, row: &Row) -> Result<String, Failure> {
    if let Some(names) = table(source, "targets")?.get(older) {
        let [_, query] = two(older, names)?;
        return Ok(format!("OlderValue::Target({query:?})"));
    }
    for (section, variant) in [("values", "Renamed"), ("only_values", "Only")] {
        let Some(values) = table(source, section)?.get(older) else {
            continue;
        };
        let pairs = values.as_table().into_iter().flatten();
        let pairs: Vec<_> = pairs
            .filter_map(|(older, value)| Some((older, value.as_str()?)))
            .collect();
        return Ok(format!("OlderValue::{variant}(&{pairs:?})"));
    }
    let wanted = table(source, "types")?.get(&row.name);
    Ok(match wanted.and_then(Value::as_str) {
        None => "OlderValue::Same".to_owned(),
        Some("int") => "OlderValue::Int".to_owned(),
        Some("string") => "OlderValue::Text".to_owned(),
        Some(other) => return Err(wrong(&format!("{other} is no type"))),
    })
}

fn table<'a>(source: &'a Table, section: &str) -> Result<&'a Table, Failure> {
    let section_of = source.get(section).and_then(Value::as_table);
    section_of.ok_or_else(|| wrong(&format!("[{section}] is missing")))
}

fn two(older: &str, names: &Value) -> Result<[String; 2], Failure> {
    let names = names.as_array().map(Vec::as_slice);
    match names {
        Some([Value::String(one), Value::String(other)]) => Ok([one.clone(), other.clone()]),
        _ => Err(wrong(&format!("{older} needs two names"))),
    }
}

fn wrong(what: &str) -> Failure {
    Failure::Check(format!("older-names.toml: {what}"))
}
