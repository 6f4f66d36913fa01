//! The `Server-Timing` header that names the server's span to a page, and the page's own.
//!
//! The browser keeps the metric `trace` beside its own timing of the request:
//! <https://w3c.github.io/trace-context/#trace-context-http-response-headers-format>.
//! The metric `parent` has the id of the span that the request named and that is continued: of two
//! equal requests in one trace a page could not tell otherwise whose timing it sees.

use crate::trace::Begun;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Adds the server's span to a response, and its parent where that is the caller's; the upstream's
/// own metrics stay. A `page` of another origin may read it.
///
/// What a shared cache may keep gets none: each page that is served from there would be told
/// the span of the one request that has filled the cache.
pub(crate) fn append(begun: &Begun, page: Option<&HeaderValue>, headers: &mut HeaderMap) {
    if is_for_shared_caches(headers) {
        return;
    }
    let mut metric = format!("trace;desc={}", begun.server.traceparent());
    if let Some(parent) = &begun.parent {
        metric.push_str(", parent;desc=");
        metric.push_str(parent.span_id.to_hex().as_str());
    }
    if let Ok(metric) = HeaderValue::try_from(metric) {
        headers.append(SERVER_TIMING, metric);
    }
    // <https://www.w3.org/TR/resource-timing/#sec-timing-allow-origin>
    if let Some(page) = page {
        headers.append(TIMING_ALLOW_ORIGIN, page.clone());
    }
}

/// Whether a response says that a shared cache may keep it. One that says nothing may be kept
/// too, and hardly ever is. <https://www.rfc-editor.org/rfc/rfc9111#section-3>
fn is_for_shared_caches(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CACHE_CONTROL).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let mut may_keep = false;
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let seconds = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "private" | "no-store" => return false,
            "public" | "immutable" => may_keep = true,
            "s-maxage" | "max-age" => may_keep |= seconds.bytes().any(|digit| digit != b'0'),
            _ => {}
        }
    }
    may_keep
}

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shared_cache_may_keep_names_no_span() {
        for (values, shared) in [
            (&[][..], false),
            (&["public"], true),
            (&["Public, max-age=60"], true),
            (&["max-age=60"], true),
            (&["max-age=\"60\""], true),
            (&["no-cache", "s-maxage=10"], true),
            (&["max-age=31536000, immutable"], true),
            (&["max-age=0, must-revalidate"], false),
            (&["no-cache"], false),
            (&["private, max-age=60"], false),
            (&["max-age=60", "private"], false),
            (&["no-store"], false),
            (&["=,;"], false),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::CACHE_CONTROL, HeaderValue::from_static(value));
            }
            assert_eq!(is_for_shared_caches(&headers), shared, "{values:?}");
        }
    }
}
