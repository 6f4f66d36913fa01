//! Splits lines at ASCII text.
//!
//! The search goes byte by byte: the search functions of `str` would be a third of this
//! parser's WebAssembly, and so would the checks of slicing by index.

/// The text before and after the first `separator`.
pub(super) fn split_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    split(text, find(text, separator)?, separator.len())
}

/// The text before and after the last `separator`.
pub(super) fn rsplit_once<'a>(text: &'a str, separator: &str) -> Option<(&'a str, &'a str)> {
    let mut windows = text.as_bytes().windows(separator.len());
    let at = windows.rposition(|window| window == separator.as_bytes())?;
    split(text, at, separator.len())
}

/// Position of the first `part`.
pub(super) fn find(text: &str, part: &str) -> Option<usize> {
    let mut windows = text.as_bytes().windows(part.len());
    windows.position(|window| window == part.as_bytes())
}

/// Whether `part` is in the text.
pub(super) fn contains(text: &str, part: &str) -> bool {
    find(text, part).is_some()
}

/// The text before `at`, and after the `length` bytes there.
pub(super) fn split(text: &str, at: usize, length: usize) -> Option<(&str, &str)> {
    Some((text.get(..at)?, text.get(at + length..)?))
}

/// Reads a text of digits alone as a number.
pub(super) fn number(digits: &str) -> Option<u32> {
    match leading_number(digits) {
        Some((number, "")) => Some(number),
        _ => None,
    }
}

/// Reads the number at the beginning; returns it and the rest.
pub(super) fn leading_number(text: &str) -> Option<(u32, &str)> {
    let mut number = 0_u32;
    let mut length = 0;
    for byte in text.bytes() {
        let value = byte.wrapping_sub(b'0');
        if value > 9 {
            break;
        }
        number = number.checked_mul(10)?.checked_add(value.into())?;
        length += 1;
    }
    if length == 0 {
        return None;
    }
    Some((number, text.get(length..)?))
}
