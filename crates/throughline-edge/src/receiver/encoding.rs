//! The two encodings of OTLP/HTTP, and the responses in them. Pages get JSON.

use crate::http::{Refusal, media_type, response};
use bytes::Bytes;
use http::header::{self, HeaderMap};
use http::{Response, StatusCode};
use std::borrow::Cow;
use throughline_otlp::response::{PartialSuccess, rpc_status};
use throughline_otlp::schema::{self, Message};
use throughline_otlp::{Signal, json};

/// The encoding of a request, and so of its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    /// The encoding that the content type names; parameters such as the charset do not matter.
    ///
    /// # Errors
    /// [`Refusal`] says what the content type is, and what it should be.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let content_type = content_type(headers);
        if content_type.eq_ignore_ascii_case(PROTOBUF) {
            Ok(Encoding::Protobuf)
        } else if content_type.eq_ignore_ascii_case(JSON) {
            Ok(Encoding::Json)
        } else if content_type.is_empty() {
            Err(Refusal::ContentTypeMissing)
        } else {
            Err(Refusal::ContentType(content_type.into()))
        }
    }

    /// The response to what was taken: an `Export…ServiceResponse`.
    pub(crate) fn success(self, signal: Signal, partial: &PartialSuccess) -> Response<Bytes> {
        let body = self.encode(schema::export_response(signal), partial.encode());
        response::whole(StatusCode::OK, self.content_type(), body)
    }

    /// The response to what was not taken: a `google.rpc.Status`.
    pub(crate) fn failure(self, refusal: &Refusal) -> Response<Bytes> {
        let status = rpc_status(refusal.rpc_code(), &refusal.to_string());
        let body = self.encode(schema::rpc_status(), status);
        let mut response = response::whole(refusal.status(), self.content_type(), body);
        refusal.set_headers(response.headers_mut());
        response
    }

    const fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => PROTOBUF,
            Encoding::Json => JSON,
        }
    }

    fn encode(self, message: &'static Message, protobuf: Vec<u8>) -> Bytes {
        match self {
            Encoding::Protobuf => protobuf.into(),
            // The edge's own messages are always sound.
            Encoding::Json => json::from_protobuf(message, &protobuf)
                .unwrap_or_default()
                .into(),
        }
    }
}

fn content_type(headers: &HeaderMap) -> Cow<'_, str> {
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.map_or(Cow::Borrowed(""), media_type)
}

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
