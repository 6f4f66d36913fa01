//! Responses as Sentry SDKs read them.
//!
//! <https://develop.sentry.dev/sdk/foundations/transport/rate-limiting/>

use crate::http::media_type::JSON;
use crate::http::{Refusal, response};
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;
use throughline_otlp::Signal;

/// The response to what was taken, with the id of the event where it has one.
pub(super) fn success(event_id: Option<&str>) -> Response<Bytes> {
    let mut response = json(StatusCode::OK, &Success { id: event_id });
    expose(response.headers_mut());
    response
}

/// The response to what was not taken. SDKs wait after a 429 alone, so what is only not
/// taken now has that status.
pub(super) fn failure(refusal: &Refusal) -> Response<Bytes> {
    let status = match refusal.status() {
        StatusCode::SERVICE_UNAVAILABLE => StatusCode::TOO_MANY_REQUESTS,
        status => status,
    };
    let detail = refusal.to_string();
    let body = Failure {
        detail: &detail,
        causes: [refusal.reason().as_str()],
    };
    let mut response = json(status, &body);
    let headers = response.headers_mut();
    refusal.set_headers(headers);
    expose(headers);
    if let Ok(detail) = HeaderValue::try_from(one_line(&detail)) {
        headers.insert(&ERROR, detail);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        let seconds = headers.get(header::RETRY_AFTER);
        let seconds = seconds
            .and_then(|value| value.to_str().ok())
            .unwrap_or("60");
        let (categories, scope) = match refusal {
            Refusal::Quota { signal, .. } => (categories(*signal), "project"),
            // None of them means all.
            _ => ("", "organization"),
        };
        let limit = format!(
            "{seconds}:{categories}:{scope}:{}",
            refusal.reason().as_str()
        );
        if let Ok(limit) = HeaderValue::try_from(limit) {
            headers.insert(&RATE_LIMITS, limit);
        }
    }
    response
}

/// The body of a success.
#[derive(Serialize)]
struct Success<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
}

/// The body of a failure.
#[derive(Serialize)]
struct Failure<'a> {
    detail: &'a str,
    causes: [&'a str; 1],
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    // Texts can always be serialised.
    let body = serde_json::to_vec(body).unwrap_or_default();
    response::whole(status, JSON, body.into())
}

/// The categories by which SDKs limit the items that become a signal.
const fn categories(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "transaction;span",
        Signal::Logs => "default;error;feedback;log_item;session",
        Signal::Metrics => "trace_metric",
    }
}

/// Lets pages read the headers of this protocol.
fn expose(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Retry-After, X-Sentry-Error, X-Sentry-Rate-Limits"),
    );
}

/// A text that may stand in a header.
fn one_line(text: &str) -> String {
    let printable = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
    text.chars().map(printable).collect()
}

static ERROR: HeaderName = HeaderName::from_static("x-sentry-error");
static RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");
