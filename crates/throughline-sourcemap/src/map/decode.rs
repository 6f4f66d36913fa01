//! A source map from its text.
//!
//! Source: <https://tc39.es/ecma426/#sec-decoding-source-maps>.

use super::error::SourceMapError;
use super::json::{Object, Value};
use super::{Source, SourceMap, mappings, sections};
use crate::debug_id::DebugId;
use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

pub(super) fn decode(map: &[u8]) -> Result<SourceMap, SourceMapError> {
    let map = String::from_utf8_lossy(json_of(map));
    let json = Value::parse(&map)?
        .object()
        .ok_or(SourceMapError::NotAnObject)?;
    let mut map = match json.get("sections") {
        Some(list) => sections::decode(&json, list)?,
        None => regular(&json)?,
    };
    map.debug_id = debug_id(&json);
    // Stable: of mappings at one position the one that comes last in the text stays last.
    map.mappings
        .sort_by_key(|mapping| (mapping.line, mapping.column));
    Ok(map)
}

/// The JSON of a map: what is behind a byte order mark and a first line that begins with `)]}'`, which
/// keeps a page from running the map as a script: <https://tc39.es/ecma426/#sec-FetchSourceMap>.
pub fn json_of(map: &[u8]) -> &[u8] {
    let map = map.strip_prefix(BYTE_ORDER_MARK).unwrap_or(map);
    if !map.starts_with(b")]}'") {
        return map;
    }
    let line = map.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    &map[line.unwrap_or(map.len())..]
}

/// Decodes a map that has no sections. Its mappings are in the order of the text.
pub(super) fn regular(json: &Object<'_>) -> Result<SourceMap, SourceMapError> {
    check_version(json)?;
    let text = json
        .get("mappings")
        .ok_or(SourceMapError::Missing { field: "mappings" })?
        .string()
        .ok_or(wrong("mappings", "a string"))?;
    optional_string(json, "file")?;
    let root = optional_string(json, "sourceRoot")?;
    let urls =
        optional_strings(json, "sources")?.ok_or(SourceMapError::Missing { field: "sources" })?;
    let contents = optional_strings(json, "sourcesContent")?.unwrap_or_default();
    let ignored = ignore_list(json, urls.len())?;
    let names = names(json)?;
    let mappings = mappings::decode(&text, urls.len(), names.len())?;
    let mut contents = contents.into_iter();
    let sources = urls
        .into_iter()
        .enumerate()
        .map(|(index, url)| Source {
            url: url.map(|url| below(root.as_deref(), url)),
            content: contents.next().flatten(),
            ignored: ignored.contains(&index),
        })
        .collect();
    Ok(SourceMap {
        sources,
        names,
        mappings,
        debug_id: None,
    })
}

pub(super) fn check_version(json: &Object<'_>) -> Result<(), SourceMapError> {
    match json.get("version").and_then(Value::integer) {
        Some(3) => Ok(()),
        _ => Err(SourceMapError::Version),
    }
}

pub(super) fn optional_string(
    json: &Object<'_>,
    field: &'static str,
) -> Result<Option<String>, SourceMapError> {
    let Some(value) = json.get(field) else {
        return Ok(None);
    };
    value.string().map(Some).ok_or(wrong(field, "a string"))
}

/// A list of strings and nulls.
fn optional_strings(
    json: &Object<'_>,
    field: &'static str,
) -> Result<Option<Vec<Option<String>>>, SourceMapError> {
    let Some(value) = json.get(field) else {
        return Ok(None);
    };
    let expected = "a list of strings and nulls";
    let items = value.array().ok_or(wrong(field, expected))?.into_iter();
    let strings: Option<Vec<_>> = items
        .map(|item| match item.is_null() {
            true => Some(None),
            false => item.string().map(Some),
        })
        .collect();
    strings.map(Some).ok_or(wrong(field, expected))
}

fn names(json: &Object<'_>) -> Result<Vec<String>, SourceMapError> {
    let Some(value) = json.get("names") else {
        return Ok(Vec::new());
    };
    let items = value.array();
    items
        .and_then(|items| items.into_iter().map(Value::string).collect())
        .ok_or(wrong("names", "a list of strings"))
}

/// The indices of the sources that are somebody else's.
fn ignore_list(json: &Object<'_>, sources: usize) -> Result<BTreeSet<usize>, SourceMapError> {
    let Some(value) = json.get("ignoreList") else {
        let older = json.get("x_google_ignoreList").and_then(Value::array);
        let older = older.unwrap_or_default().into_iter();
        // No field of the standard's: what is wrong in it makes no map wrong.
        return Ok(older
            .filter_map(|item| usize::try_from(item.integer()?).ok())
            .filter(|index| *index < sources)
            .collect());
    };
    let wrong = || wrong("ignoreList", "a list of indices");
    let mut ignored = BTreeSet::new();
    for item in value.array().ok_or_else(wrong)? {
        if item.is_null() {
            continue;
        }
        let index = item.integer().ok_or_else(wrong)?;
        let index = u64::try_from(index).map_err(|_| wrong())?;
        match usize::try_from(index) {
            Ok(index) if index < sources => ignored.insert(index),
            _ => return Err(SourceMapError::IgnoreList { index, sources }),
        };
    }
    Ok(ignored)
}

/// `sourceRoot` is a folder, whether or not it ends with a slash; an empty one is none.
fn below(root: Option<&str>, url: String) -> String {
    match root {
        None | Some("") => url,
        Some(root) if root.ends_with('/') => [root, &url].concat(),
        Some(root) => [root, "/", &url].concat(),
    }
}

/// An id that is no UUID is none.
fn debug_id(json: &Object<'_>) -> Option<DebugId> {
    ["debugId", "debug_id"].into_iter().find_map(|field| {
        let text = json.get(field)?.string()?;
        DebugId::parse(&text).ok()
    })
}

pub(super) fn wrong(field: &'static str, expected: &'static str) -> SourceMapError {
    SourceMapError::Type { field, expected }
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
