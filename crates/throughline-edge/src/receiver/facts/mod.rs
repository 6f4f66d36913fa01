//! Facts as text, from a page that cannot run WebAssembly.

use super::body::{BodyFormat, Compression};
use super::encoding::Encoding;
use super::{Protocol, Received, Taken};
use crate::config::IngestConfig;
use crate::http::Refusal;
use crate::outcome::Outcome;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use throughline_facts::{FactsError, Telemetry};
use throughline_otlp::Signal;

/// Facts as text, which are reduced here by the code that the page's engine has.
#[derive(Debug)]
pub(crate) struct Facts;

impl Protocol for Facts {
    fn path(&self) -> &'static str {
        PATH
    }

    fn is_from_page(&self, _: &Parts) -> bool {
        true
    }

    fn body_format(&self, head: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal> {
        Ok(BodyFormat {
            compression: Compression::of(&head.headers)?,
            max_bytes: config.max_bundle_bytes,
            is_framed: false,
        })
    }

    fn decode(&self, _: &Parts, body: Bytes, _: u64) -> Result<Received, Refusal> {
        let (telemetry, sent_unix_nano) = read(&body)?;
        Ok(Received {
            without_signal: dropped(&telemetry).collect(),
            requests: Received::requests(
                telemetry.traces.into(),
                telemetry.logs.into(),
                Bytes::new(),
            ),
            sent_unix_nano,
            ..Received::default()
        })
    }

    /// Facts have no response message of their own, and the page reads the status alone.
    fn success(&self, _: &Parts, taken: &Taken) -> Response<Bytes> {
        Encoding::Json.success(Signal::Traces, &taken.partial)
    }

    fn failure(&self, _: &Parts, refusal: &Refusal) -> Response<Bytes> {
        Encoding::Json.failure(refusal)
    }
}

/// Reads a text of facts; the second of the pair is the page's clock when it was sent.
///
/// # Errors
/// [`Refusal::Malformed`] when the bytes are no facts of a known version, or too many.
pub(super) fn read(bytes: &[u8]) -> Result<(Telemetry, Option<u64>), Refusal> {
    let text = core::str::from_utf8(bytes)
        .map_err(|_| malformed(StatusCode::BAD_REQUEST, "not facts: the text is not UTF-8"))?;
    let telemetry = throughline_facts::to_otlp(text).map_err(|error| refuse(&error))?;
    let sent_unix_ms = throughline_facts::sent_unix_ms(text);
    Ok((
        telemetry,
        sent_unix_ms.map(|sent| sent.saturating_mul(1_000_000)),
    ))
}

/// The records that the page has dropped.
pub(super) fn dropped(telemetry: &Telemetry) -> impl Iterator<Item = (Outcome, u64)> {
    let dropped = telemetry.dropped();
    dropped.map(|(reason, records)| (Outcome::dropped_by_page(reason), records))
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
