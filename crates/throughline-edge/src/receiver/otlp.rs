//! What did an OTLP sender send, and how is it answered?
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>

use super::{Batch, Door, Received};
use crate::refusal::Refusal;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use throughline_otlp::response::{PartialSuccess, rpc_status};
use throughline_otlp::schema::{self, Message};
use throughline_otlp::{Signal, json};

/// How a request is written, and so its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Protobuf,
    Json,
}

impl Encoding {
    /// The encoding that the content type names; parameters such as the charset do not matter.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let content_type = headers
            .get(header::CONTENT_TYPE)
            .map(HeaderValue::as_bytes)
            .map(String::from_utf8_lossy)
            .unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(PROTOBUF) {
            Ok(Encoding::Protobuf)
        } else if essence.eq_ignore_ascii_case(JSON) {
            Ok(Encoding::Json)
        } else {
            Err(Refusal::ContentType(essence.into()))
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => PROTOBUF,
            Encoding::Json => JSON,
        }
    }

    /// The body of a success. A Bundle has no response message of its own; in JSON
    /// that of traces will do, since the page reads the status alone.
    pub(crate) fn success(self, door: Door, partial: &PartialSuccess) -> Bytes {
        let signal = match door {
            Door::Otlp(signal) => signal,
            Door::Bundle | Door::Facts => Signal::Traces,
        };
        self.write(schema::export_response(signal), partial.encode())
    }

    /// The body of a failure: a `google.rpc.Status`.
    pub(crate) fn failure(self, refusal: &Refusal) -> Bytes {
        let status = rpc_status(refusal.rpc_code(), &refusal.to_string());
        self.write(schema::rpc_status(), status)
    }

    fn write(self, message: &'static Message, protobuf: Vec<u8>) -> Bytes {
        match self {
            Encoding::Protobuf => protobuf.into(),
            // Our own messages are always what they should be.
            Encoding::Json => json::from_protobuf(message, &protobuf)
                .unwrap_or_default()
                .into(),
        }
    }
}

pub(super) fn receive(
    signal: Signal,
    encoding: Encoding,
    body: Bytes,
) -> Result<Received, Refusal> {
    let request = match encoding {
        Encoding::Protobuf => body,
        Encoding::Json => json::to_protobuf(schema::export_request(signal), &body)?.into(),
    };
    Ok(Received {
        batches: vec![Batch::new(signal, request)?],
        ..Received::default()
    })
}

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
