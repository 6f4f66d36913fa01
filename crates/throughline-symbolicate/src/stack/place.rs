//! Where is a file, and is this one?

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

/// Whether this begins as a URL does: with a scheme and two slashes, or with one
/// of the schemes that have none.
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    matches!(scheme, "blob" | "data")
        || rest.starts_with("//")
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Whether this is what an engine prints instead of a file.
pub(super) fn is_built_in(file: &str) -> bool {
    matches!(
        file,
        "<anonymous>"
            | "native"
            | "native code"
            | "[native code]"
            | "[wasm code]"
            | "unknown location"
    )
}

/// `data:text/javascript` of a data URL, without the data.
pub(super) fn data_url_type(file: &str) -> Option<&str> {
    let is_data = file.starts_with("data:");
    file.split(',').next().filter(|_| is_data)
}

fn number_at_end(text: &str) -> Option<(&str, u32)> {
    let (head, digits) = text.rsplit_once(':')?;
    // `parse` alone would take a sign.
    let is_number = digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?.map(|n| (head, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_offsets_and_signs_are_no_positions() {
        for (place, split) in [
            (
                "http://[::1]:80/x.js:3:4",
                ("http://[::1]:80/x.js", Some(3), Some(4)),
            ),
            ("http://a:80/x.js:3", ("http://a:80/x.js", Some(3), None)),
            ("http://a:80/x.js", ("http://a:80/x.js", None, None)),
            ("C:\\x.js:3:4", ("C:\\x.js", Some(3), Some(4))),
            (":1:1", ("", Some(1), Some(1))),
            ("x.js:+1:-1", ("x.js:+1:-1", None, None)),
            ("x.js::", ("x.js::", None, None)),
            ("x.js:4294967296", ("x.js:4294967296", None, None)),
            (
                "a.wasm:wasm-function[1]:0x2",
                ("a.wasm:wasm-function[1]:0x2", None, None),
            ),
        ] {
            assert_eq!(position(place), split, "{place}");
        }
    }
}
