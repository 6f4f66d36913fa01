//! The service that the W3C trace-context suite calls.
//!
//! The suite posts a list of calls to `/test`; each is made with the context of that
//! request. <https://github.com/w3c/trace-context/tree/main/test>. It is off unless
//! `conformance.test_endpoint` is set.

use crate::host::{Host, Outgoing};
use crate::http::media_type::JSON;
use crate::http::response::text;
use crate::lease::Leases;
use crate::receiver::body::{self, BodyFormat, Compression};
use crate::trace;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, Uri};
use serde::Deserialize;
use serde_json::value::RawValue;
use throughline_trace_context::SpanContext;

/// A call that the suite asks for.
#[derive(Deserialize)]
struct Call {
    url: String,
    arguments: Box<RawValue>,
}

/// Whether a request is for this service.
pub(crate) fn is_for(head: &Parts) -> bool {
    head.method == Method::POST && head.uri.path() == "/test"
}

/// Makes the calls one after the other, each with a span of its own.
pub(crate) async fn run<H: Host>(
    host: &H,
    head: &Parts,
    mut body: H::Body,
) -> Response<Outgoing<H::Body>> {
    let format = BodyFormat {
        compression: Compression::None,
        max_bytes: MAX_BYTES,
        is_framed: false,
    };
    let memory = Leases::new(MAX_BYTES);
    let read = match body::Admitted::by_head(host, &head.headers, format, &memory) {
        Ok(admitted) => admitted.read(host, &mut body).await,
        Err(refusal) => Err(refusal),
    };
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(refusal) => return text(refusal.status(), &refusal.to_string()),
    };
    let calls: Vec<Call> = match serde_json::from_slice(&bytes) {
        Ok(calls) => calls,
        Err(error) => return text(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let server = match trace::server_span(host, trace::parent(&head.headers).as_ref()) {
        Ok(server) => server,
        Err(error) => return text(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    };
    for call in calls {
        let Ok(url) = call.url.parse::<Uri>() else {
            return text(StatusCode::BAD_REQUEST, "url is not a URL");
        };
        let arguments = Bytes::copy_from_slice(call.arguments.get().as_bytes());
        // The suite notices a call that is not made, and an unreachable callee.
        if let Ok(client) = trace::child(host, &server) {
            let _ = host.fetch(request(&client, url, arguments)).await;
        }
    }
    text(StatusCode::OK, "")
}

fn request<B>(client: &SpanContext, url: Uri, arguments: Bytes) -> Request<Outgoing<B>> {
    let mut request = Request::new(Outgoing::Bytes(arguments));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = url;
    let headers = request.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(JSON));
    trace::inject(client, headers);
    request
}

const MAX_BYTES: usize = 1 << 20;
