//! Requests that ask for a document, and what the upstream is asked for them.

use super::list::{has_token, tokens, weight};
use http::Method;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

/// The use of a response, as far as the request says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A document in a window.
    Document,
    /// A document in a frame.
    Frame,
    /// Nothing: the content of the response decides.
    Unknown,
    /// Anything else: a script's own request, such as those of htmx and Turbo, or an image.
    Other,
}

/// The use of the response to a request. No other method than GET and HEAD, whose response has the headers
/// of a GET's, gets a document with a script.
///
/// <https://www.w3.org/TR/fetch-metadata/#sec-fetch-dest-header>
pub(super) fn purpose(head: &Parts) -> Purpose {
    if head.method != Method::GET && head.method != Method::HEAD {
        return Purpose::Other;
    }
    let line = |name| head.headers.get(name).map(HeaderValue::as_bytes);
    // A document that is fetched ahead says only that, where a `<link>` asks for it.
    let is_ahead = has_token(&head.headers, &SEC_PURPOSE, "prefetch");
    match line(SEC_FETCH_DEST) {
        Some(b"document") => Purpose::Document,
        Some(b"iframe" | b"frame") => Purpose::Frame,
        Some(b"empty") if is_ahead => Purpose::Unknown,
        Some(_) => Purpose::Other,
        // An older browser, or an address without TLS.
        None => Purpose::Unknown,
    }
}

/// Whether the client wants the response as the upstream sends it.
///
/// <https://www.rfc-editor.org/rfc/rfc9111#section-5.2.1.6>
pub(super) fn wants_unchanged(headers: &HeaderMap) -> bool {
    has_token(headers, &header::CACHE_CONTROL, "no-transform")
}

/// Whether the client can read gzip. Without a word on encodings it gets none.
pub(super) fn accepts_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    for token in tokens(headers, &header::ACCEPT_ENCODING) {
        let (name, weight) = weight(&token);
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => return weight > 0.0,
            "*" => any = Some(weight > 0.0),
            _ => {}
        }
    }
    any == Some(true)
}

/// Asks the upstream for an encoding that can be read here.
pub(super) fn ask_for_readable(purpose: Purpose, head: &Parts, headers: &mut HeaderMap) {
    let is_wanted = match purpose {
        Purpose::Document | Purpose::Frame => true,
        Purpose::Unknown => tokens(&head.headers, &header::ACCEPT)
            .any(|token| weight(&token).0.eq_ignore_ascii_case("text/html")),
        Purpose::Other => false,
    };
    if is_wanted {
        let encoding = match accepts_gzip(&head.headers) {
            true => "gzip",
            false => "identity",
        };
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(encoding));
    }
}

pub(super) const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
