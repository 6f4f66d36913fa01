//! The CORS headers: which pages may read a response.
//!
//! The origin is echoed, never `*`, and credentials are never allowed: the key alone
//! counts. <https://fetch.spec.whatwg.org/#http-cors-protocol>

use crate::receiver::credential::KEY_HEADER;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};

/// Those of the headers that a page asks for which a preflight allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AllowedHeaders {
    /// Those that the edge reads, and those that SDKs for browsers are known to send.
    Known,
    /// All that can be names, up to a number: an open edge turns no sender away, and reads no more of them.
    AsAsked,
}

/// Lets a page of `origin` read the response, errors included. With `None` no page may.
pub(crate) fn expose(origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        // A protocol with more headers has named them already.
        headers
            .entry(header::ACCESS_CONTROL_EXPOSE_HEADERS)
            .or_insert(HeaderValue::from_static("Retry-After"));
    } else {
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    }
}

/// The response to a preflight. Any page may send: that its origin is not allowed is said
/// in the response to the request itself, which it could not read otherwise.
pub(crate) fn preflight(
    origin: Option<&HeaderValue>,
    request: &HeaderMap,
    allowed: AllowedHeaders,
) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(header::ALLOW, HeaderValue::from_static(METHODS));
    expose(origin, headers);
    if origin.is_some() {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("POST"),
        );
        if let Some(allowed) = allowed.of(request) {
            headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, allowed);
        }
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static(MAX_AGE),
        );
    }
    response
}

impl AllowedHeaders {
    /// The value of `Access-Control-Allow-Headers`.
    fn of(self, request: &HeaderMap) -> Option<HeaderValue> {
        let wanted = request
            .get_all(header::ACCESS_CONTROL_REQUEST_HEADERS)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
            .filter(|name| match self {
                Self::Known => KNOWN_HEADERS.contains(name),
                Self::AsAsked => name.as_str().len() <= LONGEST_NAME,
            });
        let wanted: Vec<HeaderName> = wanted.take(MOST_NAMES).collect();
        let names: Vec<&str> = wanted.iter().map(HeaderName::as_str).collect();
        HeaderValue::try_from(names.join(", "))
            .ok()
            .filter(|value| !value.is_empty())
    }
}

/// The headers that a sender of telemetry may set: those that the edge reads, and those that SDKs for
/// browsers send because their usual backend wants them. The edge ignores the latter, but a page could
/// send nothing if its preflight were refused for one of them.
static KNOWN_HEADERS: [HeaderName; 30] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::AUTHORIZATION,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("baggage"),
    HeaderName::from_static(KEY_HEADER),
    HeaderName::from_static("x-sentry-auth"),
    HeaderName::from_static("sentry-trace"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("dd-api-key"),
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("x-faro-session-id"),
    HeaderName::from_static("x-honeycomb-team"),
    HeaderName::from_static("x-honeycomb-dataset"),
    HeaderName::from_static("x-requested-with"),
    HeaderName::from_static("x-scope-orgid"),
    HeaderName::from_static("dash0-dataset"),
    HeaderName::from_static("uptrace-dsn"),
    HeaderName::from_static("signoz-ingestion-key"),
    HeaderName::from_static("signoz-access-token"),
    HeaderName::from_static("x-axiom-dataset"),
    HeaderName::from_static("x-oneuptime-token"),
    HeaderName::from_static("lightstep-access-token"),
    HeaderName::from_static("x-em-aid"),
    HeaderName::from_static("x-em-did"),
    HeaderName::from_static("bugsnag-api-key"),
    HeaderName::from_static("bugsnag-integrity"),
    HeaderName::from_static("bugsnag-sent-at"),
    HeaderName::from_static("bugsnag-span-sampling"),
];
/// Names in one response: more than any SDK sends.
const MOST_NAMES: usize = 64;
/// Bytes of a name.
const LONGEST_NAME: usize = 64;
/// The methods that the ingest paths accept.
pub(crate) const METHODS: &str = "POST, OPTIONS";
/// Seconds; Chromium caps it at two hours.
const MAX_AGE: &str = "7200";
