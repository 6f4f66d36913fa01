//! What did an OTLP sender send, and how is it answered?
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>

use super::{Batch, Door, Received};
use crate::refusal::Refusal;
use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use std::borrow::Cow;
use throughline_otlp::response::{PartialSuccess, rpc_status};
use throughline_otlp::schema::{self, Message};
use throughline_otlp::{Signal, json};

/// How a request is written, and so its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Protobuf,
    Json,
    /// Neither; the answer is for a person.
    Text,
}

impl Encoding {
    /// The encoding that the content type names; parameters such as the charset do not matter.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let content_type = content_type(headers);
        if content_type.eq_ignore_ascii_case(PROTOBUF) {
            Encoding::Protobuf
        } else if content_type.eq_ignore_ascii_case(JSON) {
            Encoding::Json
        } else {
            Encoding::Text
        }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => PROTOBUF,
            Encoding::Json => JSON,
            Encoding::Text => TEXT,
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
        let message = refusal.to_string();
        match self {
            Encoding::Text => message.into(),
            _ => self.write(
                schema::rpc_status(),
                rpc_status(refusal.rpc_code(), &message),
            ),
        }
    }

    fn write(self, message: &'static Message, protobuf: Vec<u8>) -> Bytes {
        match self {
            Encoding::Protobuf => protobuf.into(),
            // Our own messages are always what they should be.
            Encoding::Json | Encoding::Text => json::from_protobuf(message, &protobuf)
                .unwrap_or_default()
                .into(),
        }
    }
}

/// Says what the content type is, and what it should be.
pub(super) fn unknown_content_type(headers: &HeaderMap) -> Refusal {
    let found = content_type(headers);
    if found.is_empty() {
        return Refusal::ContentTypeMissing;
    }
    Refusal::ContentType(found.into())
}

fn content_type(headers: &HeaderMap) -> Cow<'_, str> {
    let content_type = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let content_type = content_type.unwrap_or_default();
    let essence = content_type.split(|byte| *byte == b';').next();
    String::from_utf8_lossy(essence.unwrap_or_default().trim_ascii())
}

pub(super) fn receive(
    signal: Signal,
    encoding: Encoding,
    body: Bytes,
) -> Result<Received, Refusal> {
    let request = match encoding {
        Encoding::Protobuf => body,
        Encoding::Json | Encoding::Text => {
            json::to_protobuf(schema::export_request(signal), &body)?.into()
        }
    };
    Ok(Received {
        batches: vec![Batch::new(signal, request)?],
        ..Received::default()
    })
}

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";
/// For answers that a person reads.
const TEXT: &str = "text/plain; charset=utf-8";
