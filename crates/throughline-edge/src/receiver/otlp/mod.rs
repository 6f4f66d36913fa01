//! OTLP over HTTP, in protobuf and JSON.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#otlphttp>

use super::body::{BodyFormat, Compression};
use super::encoding::Encoding;
use super::{Protocol, Received, Taken};
use crate::config::IngestConfig;
use crate::http::Refusal;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use throughline_otlp::{Signal, json, schema};

/// OTLP/HTTP, of one signal.
#[derive(Debug)]
pub(crate) struct Otlp {
    signal: Signal,
    path: &'static str,
}

pub(super) static TRACES: Otlp = Otlp {
    signal: Signal::Traces,
    path: "/v1/traces",
};
pub(super) static LOGS: Otlp = Otlp {
    signal: Signal::Logs,
    path: "/v1/logs",
};
pub(super) static METRICS: Otlp = Otlp {
    signal: Signal::Metrics,
    path: "/v1/metrics",
};

impl Protocol for Otlp {
    fn path(&self) -> &'static str {
        self.path
    }

    fn signal(&self) -> Option<Signal> {
        Some(self.signal)
    }

    fn body_format(&self, head: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal> {
        Encoding::of(&head.headers)?;
        Ok(BodyFormat {
            compression: Compression::of(&head.headers)?,
            max_bytes: config.max_body_bytes,
            is_framed: false,
        })
    }

    fn decode(&self, head: &Parts, body: Bytes, _: u64) -> Result<Received, Refusal> {
        let request = match Encoding::of(&head.headers)? {
            Encoding::Protobuf => body,
            Encoding::Json => json::to_protobuf(schema::export_request(self.signal), &body)?.into(),
        };
        Ok(Received {
            requests: vec![(self.signal, request)],
            ..Received::default()
        })
    }

    fn success(&self, head: &Parts, taken: &Taken) -> Response<Bytes> {
        // A request without a known encoding was refused before.
        let encoding = Encoding::of(&head.headers).unwrap_or(Encoding::Json);
        encoding.success(self.signal, &taken.partial)
    }

    fn failure(&self, head: &Parts, refusal: &Refusal) -> Response<Bytes> {
        match Encoding::of(&head.headers) {
            Ok(encoding) => encoding.failure(refusal),
            Err(_) => crate::http::response::refusal(refusal),
        }
    }
}
