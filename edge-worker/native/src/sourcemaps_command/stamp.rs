//! Gives a script and its source map their debug id, as the plugin of bundlers does
//! (`npm/vite-plugin/src/sourcemaps/stamp.ts`): `tests/cases/debug-ids` holds both to it.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use std::fmt;
use throughline_sourcemap::link::source_mapping_url;
use throughline_sourcemap::write::debug_id_of;
use throughline_sourcemap::{DebugId, json_of};

/// A script with its source map, which have the debug id.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stamped {
    pub(crate) debug_id: DebugId,
    pub(crate) script: String,
    pub(crate) map: String,
}

/// Why a script is not stamped. Whoever made script or map is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StampError {
    /// The map cannot be changed apart from the script.
    #[error("its source map is within the script: build with maps in files of their own")]
    Inline,
    /// The text that is named a map is none.
    #[error("its source map is not JSON of a map: {0}")]
    Map(#[from] serde_json::Error),
    /// JSON, but no map.
    #[error("its source map has neither mappings nor sections")]
    NoMappings,
}

/// Stamps a script and its map. An id that they have already stays.
///
/// # Errors
/// [`StampError`].
pub(crate) fn stamp(script: &str, map: &str) -> Result<Stamped, StampError> {
    // What stands in front of both by their format stays there, and is no part of them.
    let (mark, script) = match script.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (BYTE_ORDER_MARK, rest),
        None => ("", script),
    };
    let json = json_of(map.as_bytes()).trim_ascii_start();
    let (prefix, map) = map.split_at(map.len() - json.len());
    let (body, comments) = without_comments(script);
    let link = source_mapping_url(comments);
    if link.is_some_and(|url| url.starts_with("data:")) {
        return Err(StampError::Inline);
    }
    let mut fields: Fields = serde_json::from_str(map)?;
    if fields.get("mappings").is_none() && fields.get("sections").is_none() {
        return Err(StampError::NoMappings);
    }
    let debug_id = DebugId::of_script(script)
        .or_else(|| fields.debug_id())
        .unwrap_or_else(|| debug_id_of(body.as_bytes()));
    fields.set("debugId", to_raw_value(&debug_id.to_string())?);
    let registration = registration(debug_id);
    let mut stamped = String::with_capacity(script.len() + ROOM);
    stamped.push_str(mark);
    if is_stamped(body, debug_id) {
        stamped.push_str(body);
    } else {
        let before = hash_bang(body);
        let rest = body.get(before.len()..).unwrap_or_default();
        fields.insert_line(usize::from(!before.is_empty()))?;
        stamped.push_str(before);
        // They have to be first: they are repeated, and mean nothing where they were.
        stamped.push_str(&directives(rest));
        stamped.push_str(&format!("try{{{registration}}}catch(e){{}}\n{rest}"));
    }
    stamped.push_str(&format!("\n//# debugId={debug_id}\n"));
    if let Some(url) = link {
        stamped.push_str(&format!("//# sourceMappingURL={url}\n"));
    }
    Ok(Stamped {
        debug_id,
        script: stamped,
        map: format!("{prefix}{}", serde_json::to_string(&fields)?),
    })
}

/// Whether a script registers this id, as [`stamp`] makes it.
pub(super) fn is_stamped(script: &str, debug_id: DebugId) -> bool {
    script.contains(&registration(debug_id))
}

/// The expression that registers an id: the top frame of a stack that is made there is the script.
fn registration(debug_id: DebugId) -> String {
    format!(
        "(globalThis._throughlineDebugIds=globalThis._throughlineDebugIds||{{}})[new Error().stack]=\"{debug_id}\""
    )
}

/// Splits off the comments that link a script to its map, at its end.
fn without_comments(script: &str) -> (&str, &str) {
    let mut body = script.trim_end();
    loop {
        let start = body.rfind('\n').map_or(0, |at| at + 1);
        let (before, line) = body.split_at(start);
        if !is_link(line) {
            return (body, script.get(body.len()..).unwrap_or_default());
        }
        body = before.trim_end();
    }
}

fn is_link(line: &str) -> bool {
    let line = line.trim_start_matches([' ', '\t']);
    let comment = line
        .strip_prefix("//#")
        .or_else(|| line.strip_prefix("//@"));
    let value = comment.and_then(|comment| {
        let comment = comment.trim_start_matches([' ', '\t']);
        comment
            .strip_prefix("debugId=")
            .or_else(|| comment.strip_prefix("sourceMappingURL="))
    });
    value.is_some_and(|value| !value.contains(char::is_whitespace))
}

/// The first line of a script for a shell.
fn hash_bang(script: &str) -> &str {
    let end = script.find('\n').map_or(script.len(), |at| at + 1);
    let (line, _) = script.split_at(end);
    if line.starts_with("#!") { line } else { "" }
}

/// The directives of a script, such as `"use strict"`, as they are written and each with a semicolon:
/// <https://tc39.es/ecma262/#sec-directive-prologues-and-the-use-strict-directive>.
fn directives(script: &str) -> String {
    let mut all = String::new();
    let mut rest = without_blank(script);
    while let Some((literal, after)) = string_literal(rest) {
        let next = without_blank(after);
        let (between, _) = after.split_at(after.len() - next.len());
        rest = if let Some(after) = next.strip_prefix(';') {
            without_blank(after)
        } else if next.is_empty() || between.contains(LINE_BREAKS) && !continues(next) {
            next
        } else {
            break;
        };
        // One with a line break, by which lines would move, is none that has a meaning.
        if !literal.contains(LINE_BREAKS) {
            all.push_str(literal);
            all.push(';');
        }
    }
    all
}

/// A text without white space and comments at its beginning.
fn without_blank(text: &str) -> &str {
    let is_blank = |c: char| c != '\u{85}' && (c.is_whitespace() || c == '\u{feff}');
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(is_blank);
        let after = if let Some(comment) = rest.strip_prefix("/*") {
            comment.split_once("*/").map(|(_, after)| after)
        } else if rest.starts_with("//") {
            Some(
                rest.find(LINE_BREAKS)
                    .map_or("", |end| rest.split_at(end).1),
            )
        } else {
            None
        };
        match after {
            Some(after) => rest = after,
            None => return rest,
        }
    }
}

/// The string literal at the beginning of a text, and what follows.
fn string_literal(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    let mut characters = text.char_indices().skip(1);
    let (end, _) = characters.find(|(_, c)| {
        let ends = !escaped && (*c == quote || matches!(c, '\n' | '\r'));
        escaped = !escaped && *c == '\\';
        ends
    })?;
    let (_, after) = text.split_at(end);
    let after = after.strip_prefix(quote)?;
    Some((text.split_at(end + 1).0, after))
}

/// Whether a text on the next line goes on with the expression of the line before: no semicolon is inserted then.
fn continues(text: &str) -> bool {
    let word = |word| {
        let after = text.strip_prefix(word);
        after.is_some_and(|after| {
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$'))
        })
    };
    let increments = text.starts_with("++") || text.starts_with("--");
    !increments
        && (text.starts_with(OPERATORS)
            || text.starts_with("!=")
            || word("in")
            || word("instanceof"))
}

/// <https://tc39.es/ecma262/#prod-LineTerminator>
const LINE_BREAKS: [char; 4] = ['\n', '\r', '\u{2028}', '\u{2029}'];
/// The first characters of what can follow an expression.
const OPERATORS: [char; 17] = [
    '.', '(', '[', ',', '?', '+', '-', '*', '/', '%', '&', '|', '^', '<', '>', '=', '`',
];

/// The members of an object of JSON, in their order; what is not changed stays as it is written.
struct Fields(Vec<(String, Box<RawValue>)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&RawValue> {
        let (_, value) = self.0.iter().find(|(found, _)| found == name)?;
        Some(value)
    }

    fn set(&mut self, name: &str, value: Box<RawValue>) {
        match self.0.iter_mut().find(|(found, _)| found == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// The id that the map has; older tools wrote `debug_id`.
    fn debug_id(&self) -> Option<DebugId> {
        ["debugId", "debug_id"].iter().find_map(|name| {
            let text: String = serde_json::from_str(self.get(name)?.get()).ok()?;
            DebugId::parse(&text).ok()
        })
    }

    /// Moves what a map says of the lines from `line` on, by one.
    fn insert_line(&mut self, line: usize) -> Result<(), serde_json::Error> {
        if let Some(mappings) = self.get("mappings") {
            let mut mappings: String = serde_json::from_str(mappings.get())?;
            let end = match line {
                0 => Some(0),
                _ => mappings.find(';'),
            };
            mappings.insert(end.unwrap_or(mappings.len()), ';');
            self.set("mappings", to_raw_value(&mappings)?);
        }
        if let Some(sections) = self.get("sections") {
            let mut sections: Vec<Self> = serde_json::from_str(sections.get())?;
            for section in &mut sections {
                let Some(offset) = section.get("offset") else {
                    continue;
                };
                let mut offset: Self = serde_json::from_str(offset.get())?;
                let Some(first) = offset.get("line") else {
                    continue;
                };
                let first: usize = serde_json::from_str(first.get())?;
                if first >= line {
                    offset.set("line", to_raw_value(&(first + 1))?);
                    section.set("offset", to_raw_value(&offset)?);
                }
            }
            self.set("sections", to_raw_value(&sections)?);
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(member) = members.next_entry()? {
                    fields.push(member);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            members.serialize_entry(name, value)?;
        }
        members.end()
    }
}

const BYTE_ORDER_MARK: &str = "\u{feff}";
/// Bytes of what a script gets.
const ROOM: usize = 512;

#[cfg(test)]
mod tests {
    use super::stamp;
    use std::path::Path;
    use throughline_sourcemap::SourceMap;

    #[test]
    fn what_stands_in_front_of_script_and_map_stays_there() {
        let (script, map) = (
            "\"use strict\";f();\n//# sourceMappingURL=a.js.map\n",
            r#"{"version":3,"sources":["a.ts"],"names":[],"mappings":"AAAA"}"#,
        );
        let plain = stamp(script, map).expect("a script");
        for prefix in ["\u{feff}", ")]}'\n", ")]}' for (;;);\r\n", "\u{feff})]}'\n"] {
            let marked = stamp(&format!("\u{feff}{script}"), &format!("{prefix}{map}"));
            let marked = marked.expect("a script");
            assert_eq!(marked.script, format!("\u{feff}{}", plain.script));
            let rest = marked.map.strip_prefix(prefix).expect(prefix);
            assert_eq!(rest, plain.map);
            let read = SourceMap::parse(&marked.map).expect("a map");
            assert_eq!(read.debug_id(), Some(plain.debug_id));
        }
    }

    #[test]
    fn a_script_gets_what_the_plugin_of_bundlers_gives_it() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/debug-ids");
        let mut count = 0;
        for case in std::fs::read_dir(cases).unwrap() {
            let case = case.unwrap().path();
            let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
            let stamped = stamp(&read("script.js").unwrap(), &read("map.json").unwrap()).ok();
            let [script, map] = ["stamped.js", "stamped.json"].map(read);
            let (came, came_map) = stamped.map(|one| (one.script, one.map)).unzip();
            assert_eq!((came, came_map), (script, map), "{}", case.display());
            count += 1;
        }
        assert!(count > 10);
    }
}
