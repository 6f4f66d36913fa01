//! The place of a script's source map: a header, its last comment, or that comment itself.

use http::{HeaderMap, HeaderName};
use std::borrow::Cow;
use throughline_sourcemap::decode_inline_map;
use throughline_sourcemap::link::source_mapping_url;

/// The place of a source map.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum MapPlace<'a> {
    /// An address, relative to that of the script.
    At(Cow<'a, str>),
    /// The map itself.
    Inline(Vec<u8>),
}

/// The place of a script's source map; `None` where it names none, or one that cannot be read.
///
/// Of the header and the comment the comment counts: <https://tc39.es/ecma426/#sec-linking-generated-code>
/// lets a server choose, and the comment is of these bytes.
pub(super) fn map_of<'a>(script: &'a str, headers: &'a HeaderMap) -> Option<MapPlace<'a>> {
    let named = [SOURCE_MAP, X_SOURCE_MAP].map(|name| headers.get(name)?.to_str().ok());
    let url = source_mapping_url(script).or(named[0]).or(named[1])?;
    match url.get(..5) {
        Some(scheme) if scheme.eq_ignore_ascii_case("data:") => {
            Some(MapPlace::Inline(decode_inline_map(url)?))
        }
        _ if url.is_empty() => None,
        _ => Some(MapPlace::At(url.into())),
    }
}

const SOURCE_MAP: HeaderName = HeaderName::from_static("sourcemap");
/// Its earlier name, which servers still send.
const X_SOURCE_MAP: HeaderName = HeaderName::from_static("x-sourcemap");
#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(name: &'static str, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )])
    }

    #[test]
    fn a_map_is_named_by_comment_or_header() {
        let none = HeaderMap::new();
        let at = |url: &'static str| Some(MapPlace::At(url.into()));
        let inline = |map: &str| Some(MapPlace::Inline(map.into()));
        for (script, headers, expected) in [
            (
                "a()\n//# sourceMappingURL=a.js.map\n",
                none.clone(),
                at("a.js.map"),
            ),
            ("a()", headers("sourcemap", "b.map"), at("b.map")),
            ("a()", headers("x-sourcemap", "b.map"), at("b.map")),
            (
                "a()\n//# sourceMappingURL=a.map",
                headers("sourcemap", "b.map"),
                at("a.map"),
            ),
            (
                "a()\n//# sourceMappingURL=data:application/json;base64,e30=",
                none.clone(),
                inline("{}"),
            ),
            (
                "a()\n//# sourceMappingURL=data:application/json;charset=utf-8;base64,e30",
                none.clone(),
                inline("{}"),
            ),
            (
                "a()\n//# sourceMappingURL=DATA:application/json,%7B%7D",
                none.clone(),
                inline("{}"),
            ),
            (
                "a()\n//# sourceMappingURL=data:;base64,!!",
                none.clone(),
                None,
            ),
            ("a()\n//# sourceMappingURL=data:nothing", none.clone(), None),
            ("a()", none, None),
        ] {
            assert_eq!(map_of(script, &headers), expected, "{script}");
        }
    }
}
