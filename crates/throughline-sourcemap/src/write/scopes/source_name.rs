//! Names that functions have in their sources and lost in the script.
//!
//! A minifier leaves out names that nothing refers to, and puts a function that is used once into the place of its use:
//! `function Shop() {}` becomes an element of a list, and `const pay = () => {}` the value of `onClick`. The map leads from where
//! such a function begins to where it did.

use crate::map::SourceMap;
use crate::write::lines::whole_lines;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// The names in the sources of a map.
pub(super) struct SourceNames<'a> {
    map: &'a SourceMap,
    /// The lines of sources that were asked for.
    lines: BTreeMap<usize, Vec<&'a str>>,
}

impl<'a> SourceNames<'a> {
    pub(super) fn new(map: &'a SourceMap) -> Self {
        Self {
            map,
            lines: BTreeMap::new(),
        }
    }

    /// The name of the function that begins at a line and a column of the script.
    pub(super) fn get(&mut self, (line, column): (u32, u32)) -> Option<&'a str> {
        let map = self.map;
        let original = map.original_at(line, column)?;
        if original.column > LONGEST_LINE {
            return None;
        }
        let content = map.sources().get(original.source)?.content.as_deref()?;
        let lines = (self.lines)
            .entry(original.source)
            .or_insert_with(|| whole_lines(content).collect());
        let line = lines.get(usize::try_from(original.line).ok()?)?;
        let (before, function) = line.split_at(offset(line, original.column)?);
        declared(function).or_else(|| assigned(before))
    }
}

/// Columns: a source whose lines are longer is minified itself, and its names are worth nothing.
const LONGEST_LINE: u32 = 1000;

/// The offset of a column, which counts UTF-16 code units.
fn offset(line: &str, column: u32) -> Option<usize> {
    let mut units = 0;
    let mut characters = line.char_indices();
    let found = characters.find(|(_, character)| {
        let begins = units == column as usize;
        units += character.len_utf16();
        begins
    });
    found.map(|(at, _)| at)
}

/// `name` of `async function* name(`.
fn declared(function: &str) -> Option<&str> {
    let rest = match function.strip_prefix("async") {
        Some(rest) => rest.strip_prefix(char::is_whitespace)?.trim_start(),
        None => function,
    };
    let rest = rest.strip_prefix("function")?;
    let name = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '*');
    if name.len() == rest.len() {
        return None;
    }
    let (name, after) = identifier(name)?;
    after.trim_start().starts_with(['(', '<']).then_some(name)
}

/// `name` of `const name =`, and of `const name: Type =`.
fn assigned(before: &str) -> Option<&str> {
    let declaration = before.trim_end().strip_suffix('=')?;
    let keyword = |word| declaration.rsplit_once(word);
    let (start, rest) = ["const ", "let ", "var "].into_iter().find_map(keyword)?;
    if start.ends_with(is_of_identifier) {
        return None;
    }
    let (name, after) = identifier(rest.trim_start())?;
    let after = after.trim();
    (after.is_empty() || after.starts_with(':') && !after.contains('=')).then_some(name)
}

/// The identifier at the beginning of a text, and what follows.
fn identifier(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c| !is_of_identifier(c)).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

fn is_of_identifier(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

#[cfg(test)]
mod tests {
    use super::{assigned, declared};

    #[test]
    fn a_declaration_names_its_function() {
        for (text, expected) in [
            ("function Shop({ order }) {", Some("Shop")),
            ("async  function* $all(", Some("$all")),
            ("function Größe<T>(a: T)", Some("Größe")),
            ("function () {", None),
            ("function*() {", None),
            ("functional(", None),
            ("asyncfunction f(", None),
            ("async () => {", None),
            ("Shop() {", None),
            ("", None),
        ] {
            assert_eq!(declared(text), expected, "{text}");
        }
    }

    #[test]
    fn a_variable_names_the_function_that_it_is_declared_with() {
        for (text, expected) in [
            ("  const pay = ", Some("pay")),
            ("export let pay=", Some("pay")),
            ("var a = 1; var pay: Handler<A, B> = ", Some("pay")),
            ("const pay = useCallback(", None),
            ("const { pay } = ", None),
            ("const pay: () => void = ", None),
            ("const a = b, pay = ", None),
            ("const a = b == ", None),
            ("this.pay = ", None),
            ("unconst pay = ", None),
            ("pay = ", None),
            ("", None),
        ] {
            assert_eq!(assigned(text), expected, "{text}");
        }
    }
}
