//! What does the viewer answer to a request?

use crate::api::{self, ApiError};
use crate::page;
use crate::query::Query;
use crate::{Events, Store};
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Response, StatusCode, Uri};
use serde_json::json;

/// A response, whole or without end.
#[derive(Debug)]
pub enum Answer {
    /// All of it.
    Whole(Response<Bytes>),
    /// Server-sent events, for as long as the client listens.
    Events(Response<Events>),
}

/// Answers a request for the page, a part of it, or the API.
///
/// It waits for the store at most as long as one query takes. A path that nobody
/// knows is answered with 404 and the page, which says so.
pub fn respond(store: &Store, method: &Method, uri: &Uri) -> Answer {
    if method != Method::GET && method != Method::HEAD {
        let mut response = refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "the viewer only answers GET",
        );
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Answer::Whole(response);
    }
    let path = uri.path();
    if path == "/api/events" && method == Method::GET {
        return Answer::Events(with_headers(store.subscribe(), EVENT_STREAM));
    }
    let response = match path.strip_prefix("/api/") {
        Some(path) => api_response(store, path, uri.query()),
        None => page_response(path),
    };
    Answer::Whole(if method == Method::HEAD {
        response.map(|_| Bytes::new())
    } else {
        response
    })
}

fn api_response(store: &Store, path: &str, query: Option<&str>) -> Response<Bytes> {
    match api::answer(store, path, Query::parse(query)) {
        Ok(json) => with_headers(Bytes::from(json.to_string()), JSON),
        Err(error) => {
            let status = match error {
                ApiError::Query(_) => StatusCode::BAD_REQUEST,
                ApiError::Absent(_) | ApiError::Unknown => StatusCode::NOT_FOUND,
                ApiError::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            refusal(status, &error.to_string())
        }
    }
}

fn page_response(path: &str) -> Response<Bytes> {
    match page::asset(path) {
        Some(asset) => with_headers(Bytes::from_static(asset.bytes), asset.content_type()),
        None => {
            let mut response = with_headers(Bytes::from_static(page::DOCUMENT), page::HTML);
            if !page::is_view(path) {
                *response.status_mut() = StatusCode::NOT_FOUND;
            }
            response
        }
    }
}

fn refusal(status: StatusCode, message: &str) -> Response<Bytes> {
    let body = json!({ "error": message }).to_string();
    let mut response = with_headers(Bytes::from(body), JSON);
    *response.status_mut() = status;
    response
}

fn with_headers<B>(body: B, content_type: &'static str) -> Response<B> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

const JSON: &str = "application/json";
const EVENT_STREAM: &str = "text/event-stream";
/// Telemetry is other people's text: nothing but our own scripts runs, nothing is
/// loaded from elsewhere, no other site may frame or read an answer, and the
/// browser itself refuses text that would become markup.
/// <https://www.w3.org/TR/CSP3/>, <https://www.w3.org/TR/trusted-types/>
const HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    // The next program on this port may be a newer one.
    (CACHE_CONTROL, "no-store"),
];
