//! The viewer's HTTP responses: the page, its files and the JSON API.

mod asset;

use crate::query::errors::{Resolve, resolve};
use crate::query::{self, Parameters, QueryError};
use crate::{Events, Store};
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Response, StatusCode, Uri};
use serde_json::{Value as Json, json};

/// A response: a whole body, or a stream of events.
#[derive(Debug)]
pub enum ViewerResponse {
    /// A response with its whole body.
    Whole(Response<Bytes>),
    /// Server-sent events until the client disconnects.
    Events(Response<Events>),
}

/// Responds to a request for the page, a part of it, or the API.
///
/// Those with POST that it supports change the state of a group of errors. The host refuses them where
/// they come from a page of another origin.
///
/// The call blocks for one query of the store at most. The response to an unknown path is 404
/// with the page, which says so.
pub fn respond(store: &Store, method: &Method, uri: &Uri) -> ViewerResponse {
    let path = uri.path();
    if method == Method::POST
        && let Some(change) = change_at(path)
    {
        let parameters = Parameters::parse(uri.query());
        return ViewerResponse::Whole(json_response(resolve(store, change, parameters)));
    }
    if method != Method::GET && method != Method::HEAD {
        let mut response = refusal(
            StatusCode::METHOD_NOT_ALLOWED,
            "the viewer supports GET and HEAD, and POST to /api/errors/resolve and /api/errors/reopen",
        );
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return ViewerResponse::Whole(response);
    }
    if path == "/api/events" && method == Method::GET {
        return ViewerResponse::Events(with_headers(store.subscribe(), EVENT_STREAM));
    }
    let response = match path.strip_prefix("/api/") {
        Some("export") => export_response(store, uri.query()),
        Some(path) => {
            let parameters = Parameters::parse(uri.query());
            json_response(query::run(store, path, parameters))
        }
        None => page_response(path),
    };
    ViewerResponse::Whole(whole(method, response))
}

/// Whether a request with POST is for the viewer.
pub fn is_change(path: &str) -> bool {
    change_at(path).is_some()
}

/// The path at which a host serves its outcome counts, with [`respond_outcomes`].
pub const OUTCOMES_PATH: &str = "/api/outcomes";

/// Responds to a request for [`OUTCOMES_PATH`] with the counts of the host's edge: the JSON of
/// its `GET /stats`, with the headers of the API.
pub fn respond_outcomes(method: &Method, uri: &Uri, counts: Bytes) -> Response<Bytes> {
    let response = match Parameters::parse(uri.query()).finish() {
        Ok(()) => with_headers(counts, JSON),
        Err(error) => refusal(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    whole(method, response)
}

/// The response, without its body to HEAD.
fn whole(method: &Method, response: Response<Bytes>) -> Response<Bytes> {
    if method == Method::HEAD {
        response.map(|_| Bytes::new())
    } else {
        response
    }
}

/// The change that a request to a path asks for.
fn change_at(path: &str) -> Option<Resolve> {
    let name = path.strip_prefix("/api/errors/")?;
    Resolve::ALL
        .into_iter()
        .find(|change| change.name() == name)
}

fn json_response(result: Result<Json, QueryError>) -> Response<Bytes> {
    match result {
        Ok(json) => with_headers(Bytes::from(json.to_string()), JSON),
        Err(error) => failure(&error),
    }
}

fn export_response(store: &Store, query: Option<&str>) -> Response<Bytes> {
    match query::export::run(store, Parameters::parse(query)) {
        Ok(archive) => {
            let mut response = with_headers(Bytes::from(archive), ZIP);
            let name = HeaderValue::from_static("attachment; filename=\"throughline.zip\"");
            response.headers_mut().insert(CONTENT_DISPOSITION, name);
            response
        }
        Err(error) => failure(&error),
    }
}

fn failure(error: &QueryError) -> Response<Bytes> {
    let status = match error {
        QueryError::Parameter(_) | QueryError::Search(_) => StatusCode::BAD_REQUEST,
        QueryError::Absent(_) | QueryError::Unknown => StatusCode::NOT_FOUND,
        QueryError::Export(_) | QueryError::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    refusal(status, &error.to_string())
}

fn page_response(path: &str) -> Response<Bytes> {
    match asset::at(path) {
        Some(asset) => with_headers(Bytes::from_static(asset.bytes), asset.content_type()),
        None => {
            let mut response = with_headers(Bytes::from_static(asset::DOCUMENT), asset::HTML);
            if !asset::is_view(path) {
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
const ZIP: &str = "application/zip";
const EVENT_STREAM: &str = "text/event-stream";
/// Telemetry is untrusted text: only our own scripts run, nothing loads from other
/// origins, no other site may frame or read a response, and the browser refuses to parse
/// text as markup.
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
    // The next program on this port may be a newer version.
    (CACHE_CONTROL, "no-store"),
];
