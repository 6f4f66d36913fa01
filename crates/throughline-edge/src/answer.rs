//! How is a sender answered?

use crate::cors;
use crate::host::Outgoing;
use crate::receiver::{Door, Encoding, body};
use crate::refusal::Refusal;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Response, StatusCode};
use throughline_otlp::response::PartialSuccess;

/// Telemetry was taken, perhaps not all of it.
pub(crate) fn success(encoding: Encoding, door: Door, partial: &PartialSuccess) -> Response<Bytes> {
    let mut answer = Response::new(encoding.success(door, partial));
    set_content_type(answer.headers_mut(), encoding.content_type());
    answer
}

/// Telemetry was not taken: a Status in the encoding of the request, or plain text
/// where the request has no encoding that is known here.
pub(crate) fn failure(encoding: Encoding, refusal: &Refusal) -> Response<Bytes> {
    let mut answer = Response::new(encoding.failure(refusal));
    *answer.status_mut() = refusal.status();
    let headers = answer.headers_mut();
    set_content_type(headers, encoding.content_type());
    match refusal {
        // <https://www.rfc-editor.org/rfc/rfc6750#section-3>
        Refusal::KeyMissing => {
            let challenge = HeaderValue::from_static("Bearer realm=\"throughline\"");
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        Refusal::KeyUnknown => {
            let challenge = "Bearer realm=\"throughline\", error=\"invalid_token\"";
            let challenge = HeaderValue::from_static(challenge);
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        Refusal::Method(_) => {
            headers.insert(header::ALLOW, HeaderValue::from_static(cors::METHODS));
        }
        Refusal::ContentEncoding(_) => {
            // <https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16>
            let encodings = HeaderValue::from_static(body::ENCODINGS);
            headers.insert(header::ACCEPT_ENCODING, encodings);
        }
        Refusal::Overloaded { retry_after } => {
            headers.insert(header::RETRY_AFTER, retry_after.as_secs().into());
        }
        _ => {}
    }
    answer
}

/// A plain answer of our own.
pub(crate) fn text<B>(status: StatusCode, message: &str) -> Response<Outgoing<B>> {
    let body = Bytes::copy_from_slice(message.as_bytes());
    let mut answer = Response::new(Outgoing::Bytes(body));
    *answer.status_mut() = status;
    set_content_type(answer.headers_mut(), Encoding::Text.content_type());
    answer
}

fn set_content_type(headers: &mut HeaderMap, content_type: &'static str) {
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
}
