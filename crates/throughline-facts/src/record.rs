//! How is a text of facts taken apart?

/// The records of a text, each with its kind taken off.
pub(crate) fn records(text: &str) -> impl Iterator<Item = (&str, Fields<'_>)> {
    split(text, RECORD_END).map(|record| {
        let mut fields = Fields { rest: Some(record) };
        (fields.text(), fields)
    })
}

/// The fields of one record that are left.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    rest: Option<&'a str>,
}

impl<'a> Fields<'a> {
    /// The next field; `""` when there is none.
    pub(crate) fn text(&mut self) -> &'a str {
        self.next().unwrap_or("")
    }

    /// The next field as a whole number; `None` when it is not one.
    pub(crate) fn number(&mut self) -> Option<u64> {
        number(self.text())
    }

    /// The next field as a number that may be absent: 0 when it is not one. WebKit is
    /// known to give negative times for what it does not know.
    pub(crate) fn number_or_zero(&mut self) -> u64 {
        self.number().unwrap_or(0)
    }

    /// What is left, delimiters and all.
    pub(crate) fn rest(&self) -> &'a str {
        self.rest.unwrap_or("")
    }

    /// Whether no field is left.
    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_none()
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest?;
        let (field, after) = split_at(rest, FIELD_END);
        self.rest = after;
        Some(field)
    }
}

/// A whole number in decimal digits.
pub(crate) fn number(text: &str) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.bytes().try_fold(0u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|&digit| digit < 10)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

fn split(text: &str, end: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let (one, after) = split_at(rest?, end);
        rest = after;
        Some(one)
    })
    .filter(|record| !record.is_empty())
}

/// Splits around the first `end`, an ASCII character. `str::split` would bring the general
/// searcher along, a tenth of the engine's size.
fn split_at(text: &str, end: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == end) {
        Some(at) => (text.get(..at).unwrap_or(""), text.get(at + 1..)),
        None => (text, None),
    }
}

const FIELD_END: u8 = 0x1f;
const RECORD_END: u8 = 0x1e;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn a_record_is_a_kind_and_its_fields() {
        let text = "S\u{1f}12\u{1f}\u{1e}M\u{1e}";
        let kinds: Vec<&str> = records(text).map(|(kind, _)| kind).collect();
        assert_eq!(kinds, ["S", "M"]);
        let (_, mut fields) = records(text).next().expect("a record");
        assert_eq!(fields.number(), Some(12));
        assert_eq!(fields.text(), "");
        assert!(fields.is_empty());
    }

    #[test]
    fn only_digits_are_a_number() {
        assert_eq!(number("18446744073709551615"), Some(u64::MAX));
        for text in ["", "-1", "1.5", "18446744073709551616", "٣"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
