//! Sends a batch to an edge, and reads the text of the response.

pub(crate) mod json_backend;
pub(crate) mod measured;
pub(crate) mod several;
pub(crate) mod single;

use http::{HeaderValue, Method, Request, Response};
use throughline_edge::host::Outgoing;
use throughline_testkit::sim::SimBody;

/// A batch that arrives.
pub(crate) fn request(body: SimBody) -> Request<SimBody> {
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/traces".parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    request
}

/// The body of a response of the edge's own.
pub(crate) fn text(response: &Response<Outgoing<SimBody>>) -> String {
    match response.body() {
        Outgoing::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Outgoing::Incoming(_) | Outgoing::Rewritten(_) => String::new(),
    }
}

/// One span.
pub(crate) const BATCH: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a span of some length, so that two of it are over a hundred bytes as protobuf"}]}]}]}"#;
