//! Responses that the edge itself creates.

use super::Refusal;
use crate::host::Outgoing;
use bytes::Bytes;
use http::header::{self, HeaderValue};
use http::{Response, StatusCode};

/// A response with a body of this content type.
pub(crate) fn whole(
    status: StatusCode,
    content_type: &'static str,
    body: Bytes,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    response
}

/// A response that a person reads.
pub(crate) fn text<B>(status: StatusCode, message: &str) -> Response<Outgoing<B>> {
    let body = Bytes::copy_from_slice(message.as_bytes());
    whole(status, TEXT, body).map(Outgoing::Bytes)
}

/// A refusal that a person reads.
pub(crate) fn refusal(refusal: &Refusal) -> Response<Bytes> {
    let mut response = whole(refusal.status(), TEXT, refusal.to_string().into());
    refusal.set_headers(response.headers_mut());
    response
}

const TEXT: &str = "text/plain; charset=utf-8";
