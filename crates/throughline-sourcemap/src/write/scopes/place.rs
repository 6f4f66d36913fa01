//! Lines and columns of offsets in a script.

use alloc::collections::BTreeMap;

/// The lines and columns of some offsets. Columns are UTF-16 code units.
pub(super) struct Places(BTreeMap<u32, (u32, u32)>);

impl Places {
    /// Finds the places of these offsets, in bytes, in one pass over the script.
    pub(super) fn of(script: &str, offsets: impl Iterator<Item = u32>) -> Self {
        let mut places: BTreeMap<u32, (u32, u32)> =
            offsets.map(|offset| (offset, (0, 0))).collect();
        let mut characters = script.char_indices().peekable();
        let (mut line, mut column) = (0, 0);
        for (offset, place) in &mut places {
            let before = |(at, _): &(usize, char)| *at < *offset as usize;
            while let Some((_, character)) = characters.next_if(before) {
                let breaks = match character {
                    '\r' => characters.peek().is_none_or(|(_, next)| *next != '\n'),
                    '\n' | '\u{2028}' | '\u{2029}' => true,
                    _ => false,
                };
                if breaks {
                    line += 1;
                    column = 0;
                } else {
                    column += character.len_utf16() as u32;
                }
            }
            *place = (line, column);
        }
        Self(places)
    }

    /// The line and the column of an offset.
    pub(super) fn get(&self, offset: u32) -> (u32, u32) {
        self.0.get(&offset).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn columns_are_utf_16_and_lines_those_of_the_language() {
        let script = "a\u{e9}\u{1f600}b\r\nc\rd\u{2028}e\nf";
        let offsets = script.char_indices().map(|(at, _)| at as u32);
        let places = Places::of(script, offsets);
        for (character, place) in [
            ('a', (0, 0)),
            ('\u{1f600}', (0, 2)),
            ('b', (0, 4)),
            ('c', (1, 0)),
            ('d', (2, 0)),
            ('e', (3, 0)),
            ('f', (4, 0)),
        ] {
            let offset = script.find(character).unwrap() as u32;
            assert_eq!(places.get(offset), place, "{character}");
        }
    }
}
