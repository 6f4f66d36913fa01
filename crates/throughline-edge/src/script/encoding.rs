//! The encodings of a stored file, and the choice by `Accept-Encoding`.

use super::dictionary;
use http::header::{self, HeaderMap};

/// An encoding that the files are stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// The difference to a script that the client has.
    Difference(&'static [u8]),
    Brotli,
    Gzip,
    /// No compression.
    Identity,
}

impl Encoding {
    /// The smallest one of a whole script that the client reads. Without a word on encodings it gets none.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3>
    pub(super) fn accepted(headers: &HeaderMap) -> Self {
        if accepts(headers, &["br"]) {
            Self::Brotli
        } else if accepts(headers, &["gzip", "x-gzip"]) {
            Self::Gzip
        } else {
            Self::Identity
        }
    }

    /// The value of `Content-Encoding`.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Difference(_) => Some(dictionary::ENCODING),
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// The tag of a script in this encoding. The bytes of a difference are others for each script that a
    /// client has, so its tag is a weak one: what they become is the same.
    pub(super) fn tag(self, hash: &str) -> String {
        match self {
            Self::Difference(_) => format!("W/\"{hash}-dcb\""),
            Self::Brotli => format!("\"{hash}-br\""),
            Self::Gzip => format!("\"{hash}-gzip\""),
            Self::Identity => format!("\"{hash}\""),
        }
    }
}

/// Whether the client reads an encoding, by one of its names.
fn accepts(headers: &HeaderMap, names: &[&str]) -> bool {
    let mut any = false;
    for (name, is_accepted) in items(headers) {
        if names.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return is_accepted;
        }
        any |= name == "*" && is_accepted;
    }
    any
}

/// Whether the client names an encoding as one that it reads: `*` stands for no difference.
pub(super) fn names(headers: &HeaderMap, wanted: &str) -> bool {
    items(headers).any(|(name, is_accepted)| is_accepted && name.eq_ignore_ascii_case(wanted))
}

/// The names in `Accept-Encoding`, and whether each is accepted.
fn items(headers: &HeaderMap) -> impl Iterator<Item = (&str, bool)> {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_zero = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse().is_ok_and(|weight: f32| weight <= 0.0))
        });
        (name, !is_zero)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_smallest_encoding_that_is_accepted_is_chosen() {
        for (accepted, expected) in [
            ("gzip, deflate, br, zstd", Encoding::Brotli),
            ("br;q=0.1, gzip", Encoding::Brotli),
            ("br;q=0, gzip;q=1.0", Encoding::Gzip),
            ("BR", Encoding::Brotli),
            ("x-gzip", Encoding::Gzip),
            ("*", Encoding::Brotli),
            ("*, br;q=0.000", Encoding::Gzip),
            ("*;q=0", Encoding::Identity),
            ("br; Q=0, gzip ; q=0", Encoding::Identity),
            ("deflate", Encoding::Identity),
            ("brotli", Encoding::Identity),
            ("", Encoding::Identity),
            (";;,=,br", Encoding::Brotli),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted));
            assert_eq!(Encoding::accepted(&headers), expected, "{accepted}");
        }
        assert_eq!(Encoding::accepted(&HeaderMap::new()), Encoding::Identity);
    }

    proptest::proptest! {
        #[test]
        fn any_header_has_an_encoding(line in "[a-z*;,=q.0-9 ]{0,40}") {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(&line).unwrap());
            let _ = Encoding::accepted(&headers);
        }
    }
}
