//! Converts the records of version 1 of the format to this version.
//!
//! Version 1 has no lists: the items of the last field of a header and of an exception are fields
//! of their own, up to the end of the record.

use crate::text::tail;
use alloc::string::String;
use throughline_wire::facts::{FIELD_END, ITEM_END, exception, header};

/// The record in this version of the format.
pub(super) fn convert(kind: u8, record: String) -> String {
    let (start, list) = match kind {
        header::KIND => ("H\u{1f}2\u{1f}", header::BRANDS),
        exception::KIND => ("", exception::CAUSES),
        _ => return record,
    };
    let items = tail(&record, list);
    // A header begins with its version.
    let known = if start.is_empty() {
        &record
    } else {
        tail(&record, header::PACKAGE_VERSION)
    };
    let fields = known.get(..known.len().saturating_sub(items.len()));
    let mut converted = String::from(start);
    converted.push_str(fields.unwrap_or_default());
    for item in items.chars() {
        // An item may hold the character that separates items now.
        converted.push(match item as u32 as u8 {
            FIELD_END if item.is_ascii() => char::from(ITEM_END),
            ITEM_END if item.is_ascii() => ' ',
            _ => item,
        });
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_become_a_list() {
        let before = "E\u{1f}1\u{1f}2\u{1f}3\u{1f}4\u{1f}5\u{1f}6\u{1f}7\u{1f}8\u{1f}9\u{1f}t\u{1f}m\u{1f}s\u{1f}a\u{1f}b\u{1d}c";
        let after = before.replace("a\u{1f}b\u{1d}c", "a\u{1d}b c");
        assert_eq!(convert(exception::KIND, before.into()), after);
    }

    #[test]
    fn a_header_says_its_new_version() {
        let before = "H\u{1f}1\u{1f}0.1.0\u{1f}shop";
        assert_eq!(
            convert(header::KIND, before.into()),
            "H\u{1f}2\u{1f}0.1.0\u{1f}shop"
        );
        assert_eq!(convert(header::KIND, "H\u{1f}1".into()), "H\u{1f}2\u{1f}");
    }
}
