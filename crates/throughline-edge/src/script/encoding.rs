//! The encodings of a stored file, and the choice by `Accept-Encoding`.

use http::header::{self, HeaderMap};

/// An encoding that the files are stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
    /// No compression.
    Identity,
}

impl Encoding {
    /// The smallest one that the client reads. Without a word on encodings it gets none.
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
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// The end of a tag of bytes in this encoding.
    pub(super) const fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => "-br",
            Self::Gzip => "-gzip",
            Self::Identity => "",
        }
    }
}

/// Whether the client reads an encoding, by one of its names.
fn accepts(headers: &HeaderMap, names: &[&str]) -> bool {
    let mut any = false;
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter();
    let lines = lines.filter_map(|line| line.to_str().ok());
    for item in lines.flat_map(|line| line.split(',')) {
        let mut parts = item.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_zero = parts.any(|part| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.parse().is_ok_and(|weight: f32| weight <= 0.0))
        });
        if names.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return !is_zero;
        }
        any |= name == "*" && !is_zero;
    }
    any
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
