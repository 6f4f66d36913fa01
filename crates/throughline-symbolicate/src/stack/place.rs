//! Reads places: files with line and column.

use super::text::{contains, number, rsplit_once, split_once};

/// Splits `file:line:column`; either number may be missing, the column first.
pub(super) fn position(place: &str) -> (&str, Option<u32>, Option<u32>) {
    match number_at_end(place) {
        None => (place, None, None),
        Some((head, last)) => match number_at_end(head) {
            None => (head, Some(last), None),
            Some((file, line)) => (file, Some(line), Some(last)),
        },
    }
}

/// Whether a text begins like a URL: with a scheme and two slashes, or with one of the schemes
/// that have no slashes.
pub(super) fn is_url(text: &str) -> bool {
    let is_scheme = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let scheme = text.bytes().take_while(is_scheme).count();
    scheme > 0
        && text
            .get(scheme..)
            .is_some_and(|rest| rest.starts_with("://"))
        || text.starts_with("blob:")
        || text.starts_with(DATA)
}

/// Whether this is a text that engines print instead of a file.
pub(super) fn is_built_in(file: &str) -> bool {
    BUILT_IN.contains(&file)
}

/// Whether this is a place in WebAssembly, such as
/// `https://a.example/x.wasm:wasm-function[3]:0x1f`: an index and a byte offset, which
/// stay part of the file's name.
pub(super) fn is_in_wasm(file: &str) -> bool {
    contains(file, "wasm-function[")
}

/// `data:text/javascript` of a data URL, without the data.
pub(super) fn data_url_type(file: &str) -> Option<&str> {
    if !file.starts_with(DATA) {
        return None;
    }
    split_once(file, ",").map(|(media_type, _)| media_type)
}

fn number_at_end(text: &str) -> Option<(&str, u32)> {
    let (head, digits) = rsplit_once(text, ":")?;
    Some((head, number(digits)?))
}

const BUILT_IN: [&str; 7] = [
    "<anonymous>",
    "native",
    "native code",
    "[native code]",
    WASM_CODE,
    "unknown location",
    "unknown source",
];
/// The file of a function in WebAssembly, as WebKit prints it.
pub(super) const WASM_CODE: &str = "[wasm code]";
const DATA: &str = "data:";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_offsets_and_signs_are_not_read_as_positions() {
        for (place, file, line, column) in [
            (
                "http://[::1]:80/x.js:3:4",
                "http://[::1]:80/x.js",
                Some(3),
                Some(4),
            ),
            ("http://a:80/x.js:3", "http://a:80/x.js", Some(3), None),
            ("http://a:80/x.js", "http://a:80/x.js", None, None),
            ("C:\\x.js:3:4", "C:\\x.js", Some(3), Some(4)),
            (":1:1", "", Some(1), Some(1)),
            ("x.js:+1:-1", "x.js:+1:-1", None, None),
            ("x.js::", "x.js::", None, None),
            ("x.js:4294967296", "x.js:4294967296", None, None),
            (
                "a.wasm:wasm-function[1]:0x2",
                "a.wasm:wasm-function[1]:0x2",
                None,
                None,
            ),
        ] {
            assert_eq!(position(place), (file, line, column), "{place}");
        }
    }
}
