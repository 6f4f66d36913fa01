//! Finds the line of a key in a configuration file.

use super::WrongText;
use crate::config::UnreadableKey;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The text of a configuration file, for the lines of its keys.
#[derive(Debug, Clone)]
pub(super) struct Lines(Box<str>);

impl Lines {
    /// Those of a text, in TOML.
    pub(super) fn of(text: &str) -> Self {
        Self(text.into())
    }

    /// The line of a key such as `projects[0].keys[1]`, counted from 1; where the key is
    /// missing that of the table it should be in. `None` when that is the whole file.
    pub(super) fn line_of(&self, key: &str) -> Option<usize> {
        let table = DeTable::parse(&self.0).ok()?;
        let mut found = None;
        find(table.get_ref(), key, &mut found);
        let before = self.0.get(..found?)?;
        Some(before.matches('\n').count() + 1)
    }

    /// A fault with the line of its key.
    pub(super) fn locate(&self, wrong: UnreadableKey) -> WrongText {
        WrongText::Key {
            line: self.line_of(&wrong.key),
            key: wrong.key.into(),
            reason: wrong.reason.into(),
        }
    }
}

/// Looks a key up in a table and notes the place of the deepest part that is there.
fn find(table: &DeTable<'_>, key: &str, found: &mut Option<usize>) {
    for (name, value) in table {
        // A name may have dots in it.
        let Some(rest) = key.strip_prefix(&**name.get_ref()) else {
            continue;
        };
        if rest.is_empty() || rest.starts_with(['.', '[']) {
            *found = Some(name.span().start);
            return find_in(value, rest, found);
        }
    }
}

fn find_in(value: &Spanned<DeValue<'_>>, rest: &str, found: &mut Option<usize>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            if let Some(key) = rest.strip_prefix('.') {
                find(table, key, found);
            }
        }
        DeValue::Array(list) => {
            let element = rest.strip_prefix('[').and_then(|rest| {
                let (index, rest) = rest.split_once(']')?;
                Some((list.get(index.parse::<usize>().ok()?)?, rest))
            });
            if let Some((element, rest)) = element {
                *found = Some(element.span().start);
                find_in(element, rest, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_key_is_found() {
        let lines = Lines::of(
            "open = true\n\n[backend]\nurl = \"x\"\nheaders = { \"a.b\" = \"1\" }\n\n[[projects]]\nname = \"a\"\n[[projects]]\nname = \"b\"\nkeys = [\n  \"pk_1\",\n  \"pk_2\",\n]\n",
        );
        for (key, line) in [
            ("open", Some(1)),
            ("backend", Some(3)),
            ("backend.url", Some(4)),
            ("backend.headers.a.b", Some(5)),
            ("backend.missing", Some(3)),
            ("projects[1].name", Some(10)),
            ("projects[1].keys[1]", Some(13)),
            ("projects[0].keys", Some(7)),
            ("proxy", None),
        ] {
            assert_eq!(lines.line_of(key), line, "{key}");
        }
    }
}
