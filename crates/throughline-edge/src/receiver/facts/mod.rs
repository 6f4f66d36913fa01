//! Raw facts, from a page that cannot run WebAssembly.

use super::body::{BodyFormat, Compression};
use super::encoding::Encoding;
use super::{Protocol, Received};
use crate::config::IngestConfig;
use crate::http::Refusal;
use crate::outcome::DropReason;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use throughline_facts::FactsError;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

/// Facts as text, which become telemetry here by the code that the page's engine has.
#[derive(Debug)]
pub(crate) struct Facts;

impl Protocol for Facts {
    fn path(&self) -> &'static str {
        PATH
    }

    fn body_format(&self, head: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal> {
        Ok(BodyFormat {
            compression: Compression::of(&head.headers)?,
            max_bytes: config.max_bundle_bytes,
        })
    }

    fn decode(&self, _: &Parts, body: Bytes) -> Result<Received, Refusal> {
        let text = core::str::from_utf8(&body)
            .map_err(|_| malformed(StatusCode::BAD_REQUEST, "not facts: the text is not UTF-8"))?;
        let telemetry = throughline_facts::to_otlp(text).map_err(|error| refuse(&error))?;
        let dropped = telemetry.dropped();
        let dropped_by_page = dropped
            .map(|(reason, records)| (DropReason::named(reason), records))
            .collect();
        Ok(Received {
            requests: Received::requests(
                telemetry.traces.into(),
                telemetry.logs.into(),
                telemetry.metrics.into(),
            ),
            dropped_by_page,
            ..Received::default()
        })
    }

    /// Facts have no response message of their own, and the page reads the status alone.
    fn success(&self, _: &Parts, partial: &PartialSuccess) -> Response<Bytes> {
        Encoding::Json.success(Signal::Traces, partial)
    }

    fn failure(&self, _: &Parts, refusal: &Refusal) -> Response<Bytes> {
        Encoding::Json.failure(refusal)
    }
}

fn refuse(error: &FactsError) -> Refusal {
    let status = match error {
        FactsError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    malformed(status, &format!("not a valid request: {error}"))
}

fn malformed(status: StatusCode, reason: &str) -> Refusal {
    Refusal::Malformed {
        status,
        reason: reason.into(),
    }
}

const PATH: &str = "/v1/facts";
