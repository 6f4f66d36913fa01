//! Headers that are lists of tokens.

use http::header::{HeaderMap, HeaderName};

/// The elements of a list, from all lines of the header.
pub(super) fn tokens(headers: &HeaderMap, name: &HeaderName) -> impl Iterator<Item = String> {
    let lines = headers.get_all(name).iter();
    let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
    let elements = lines.flat_map(|line| {
        let elements = line.split(',').map(|element| element.trim().to_owned());
        elements.collect::<Vec<_>>()
    });
    elements.filter(|element| !element.is_empty())
}

/// Whether an element is this token, perhaps with parameters.
pub(super) fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    tokens(headers, name).any(|element| weight(&element).0.eq_ignore_ascii_case(token))
}

/// An element without its parameters, and its weight from 0 to 1.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2>
pub(super) fn weight(element: &str) -> (&str, f32) {
    let mut parts = element.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let is_weight = name.eq_ignore_ascii_case("q");
        is_weight.then(|| value.parse().unwrap_or(0.0))
    });
    (name, weight.unwrap_or(1.0))
}
