//! Responses that get a script, and their headers.

use super::list::{has_token, tokens};
use super::request::SEC_FETCH_DEST;
use crate::http::media_type;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// How the body of a document is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
}

/// Why a document does not get a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// The response is no document, or its sender wants it unchanged.
    Other,
    /// Its encoding cannot be read here: its name, or what it is.
    Coding(&'static str),
}

/// How a document is encoded that may get a script. The media type decides, not the content.
///
/// # Errors
/// [`Unfit`] for any other response.
pub(super) fn document(status: StatusCode, headers: &HeaderMap) -> Result<Coding, Unfit> {
    let has_whole_content = matches!(status.as_u16(), 200..=203);
    let is_html = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(is_readable_html);
    let is_download = headers
        .get(header::CONTENT_DISPOSITION)
        .is_some_and(|value| media_type(value).eq_ignore_ascii_case("attachment"));
    // <https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.6>
    let is_fixed = has_token(headers, &header::CACHE_CONTROL, "no-transform");
    if !has_whole_content || !is_html || is_download || is_fixed {
        return Err(Unfit::Other);
    }
    let mut codings = tokens(headers, &header::CONTENT_ENCODING)
        .map(|coding| coding.to_ascii_lowercase())
        .filter(|coding| coding != "identity");
    match (codings.next(), codings.next()) {
        (None, _) => Ok(Coding::Identity),
        (Some(coding), None) if coding == "gzip" || coding == "x-gzip" => Ok(Coding::Gzip),
        (Some(coding), None) => Err(Unfit::Coding(name_of(&coding))),
        (Some(_), Some(_)) => Err(Unfit::Coding("a list")),
    }
}

/// The name of an encoding in lower case, of few.
fn name_of(coding: &str) -> &'static str {
    let known = ["br", "zstd", "deflate", "compress"].into_iter();
    let mut named = known.filter(|name| *name == coding);
    named.next().unwrap_or("not known here")
}

/// Removes and weakens what describes the bytes of the upstream's body.
pub(super) fn describe_changed(headers: &mut HeaderMap, was: Coding, is: Coding) {
    for name in OF_BYTES {
        headers.remove(name);
    }
    // A range of the document would be one of other bytes.
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    weaken_etag(headers);
    if was == Coding::Gzip {
        vary(headers, &header::ACCEPT_ENCODING);
        if is == Coding::Identity {
            headers.remove(header::CONTENT_ENCODING);
        }
    }
}

/// Makes the validator a weak one: the content is the same, its bytes are not.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1>
pub(super) fn weaken_etag(headers: &mut HeaderMap) {
    let Some(strong) = headers.get(header::ETAG).map(HeaderValue::as_bytes) else {
        return;
    };
    if strong.starts_with(b"W/") {
        return;
    }
    match HeaderValue::from_bytes(&[b"W/", strong].concat()) {
        Ok(weak) => headers.insert(header::ETAG, weak),
        Err(_) => headers.remove(header::ETAG),
    };
}

/// Names a request's header on which the response depends.
pub(super) fn vary_by_purpose(headers: &mut HeaderMap) {
    vary(headers, &SEC_FETCH_DEST);
}

fn vary(headers: &mut HeaderMap, name: &HeaderName) {
    let is_named = has_token(headers, &header::VARY, name.as_str());
    if !is_named && !has_token(headers, &header::VARY, "*") {
        headers.append(header::VARY, HeaderValue::from(name.clone()));
    }
}

/// Whether the content is HTML, in an encoding in which tags are written in ASCII.
fn is_readable_html(content_type: &HeaderValue) -> bool {
    media_type(content_type).eq_ignore_ascii_case("text/html")
        && charset(content_type).is_none_or(|charset| {
            let starts = |prefix: &&str| charset.starts_with(*prefix);
            LIKE_ASCII.iter().any(starts)
        })
}

/// The parameter `charset`, in lower case.
fn charset(content_type: &HeaderValue) -> Option<String> {
    let text = String::from_utf8_lossy(content_type.as_bytes());
    text.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    })
}

/// Headers that are true of the upstream's bytes alone.
const OF_BYTES: [HeaderName; 5] = [
    header::CONTENT_LENGTH,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
];

/// How the names of encodings begin in which a byte below 0x40 is always that character of
/// ASCII. UTF-16 and ISO-2022-JP are not among them.
/// <https://encoding.spec.whatwg.org/#names-and-labels>
const LIKE_ASCII: [&str; 20] = [
    "utf-8",
    "utf8",
    "us-ascii",
    "ascii",
    "iso-8859-",
    "iso8859",
    "latin",
    "windows-",
    "cp125",
    "x-cp125",
    "koi8",
    "gb",
    "big5",
    "shift_jis",
    "shift-jis",
    "sjis",
    "euc-",
    "macintosh",
    "x-mac-",
    "ibm866",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn coding_of(headers: &[(&str, &str)]) -> Result<Coding, Unfit> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::try_from(*name).expect("valid");
            map.append(name, HeaderValue::try_from(*value).expect("valid"));
        }
        document(StatusCode::OK, &map)
    }

    #[test]
    fn the_media_type_and_the_encoding_decide() {
        for (content_type, wanted) in [
            ("text/html", true),
            ("Text/HTML; Charset=\"UTF-8\"", true),
            ("text/html; charset=windows-1252", true),
            ("text/html; charset=Shift_JIS", true),
            ("text/html; charset=utf-16le", false),
            ("text/html; charset=iso-2022-jp", false),
            ("text/html; charset=made-up", false),
            ("application/xhtml+xml", false),
            ("text/htmlx", false),
            ("text/plain", false),
        ] {
            let found = coding_of(&[("content-type", content_type)]);
            assert_eq!(found.is_ok(), wanted, "{content_type}");
        }
        assert_eq!(coding_of(&[]), Err(Unfit::Other));
    }

    #[test]
    fn an_encoding_that_cannot_be_read_is_named() {
        let html = ("content-type", "text/html");
        for (codings, wanted) in [
            (&["identity"][..], Ok(Coding::Identity)),
            (&["GZIP"], Ok(Coding::Gzip)),
            (&["br"], Err(Unfit::Coding("br"))),
            (&["made-up"], Err(Unfit::Coding("not known here"))),
            (&["gzip, br"], Err(Unfit::Coding("a list"))),
            (&["gzip", "gzip"], Err(Unfit::Coding("a list"))),
        ] {
            let mut headers = vec![html];
            headers.extend(codings.iter().map(|coding| ("content-encoding", *coding)));
            assert_eq!(coding_of(&headers), wanted, "{codings:?}");
        }
    }

    #[test]
    fn a_response_that_must_not_be_changed_is_not() {
        let html = ("content-type", "text/html");
        for header in [
            ("cache-control", "public, no-transform"),
            ("content-disposition", "attachment; filename=a.html"),
        ] {
            assert_eq!(coding_of(&[html, header]), Err(Unfit::Other), "{header:?}");
        }
    }
}
