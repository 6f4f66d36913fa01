//! The `Server-Timing` header that names the server's span to a page.
//!
//! The browser keeps the metric `trace` beside its own timing of the request:
//! <https://w3c.github.io/trace-context/#trace-context-http-response-headers-format>.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use throughline_trace_context::SpanContext;

/// Adds the server's span to a response. The upstream's own metrics stay.
pub(crate) fn append(span: &SpanContext, headers: &mut HeaderMap) {
    let metric = format!("trace;desc={}", span.traceparent());
    if let Ok(metric) = HeaderValue::try_from(metric) {
        headers.append(SERVER_TIMING, metric);
    }
}

/// Lets a page of another origin read the timing.
///
/// <https://www.w3.org/TR/resource-timing/#sec-timing-allow-origin>
pub(crate) fn allow_origin(origin: &HeaderValue, headers: &mut HeaderMap) {
    headers.append(TIMING_ALLOW_ORIGIN, origin.clone());
}

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");
