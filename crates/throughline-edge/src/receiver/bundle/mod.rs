//! The Bundle: all signals of a page in one compressed request.

use super::body::{BodyFormat, Compression};
use super::encoding::Encoding;
use super::{Protocol, Received, Taken, facts};
use crate::config::IngestConfig;
use crate::http::Refusal;
use crate::outcome::Outcome;
use bytes::Bytes;
use http::request::Parts;
use http::{Response, StatusCode};
use throughline_otlp::Signal;
use throughline_otlp::protobuf::DecodeError;
use throughline_wire as wire;

/// A Bundle, posted as `text/plain` so that the page needs no preflight.
#[derive(Debug)]
pub(crate) struct Bundle;

impl Protocol for Bundle {
    fn path(&self) -> &'static str {
        PATH
    }

    fn is_from_page(&self, _: &Parts) -> bool {
        true
    }

    fn body_format(&self, _: &Parts, config: &IngestConfig) -> Result<BodyFormat, Refusal> {
        Ok(BodyFormat {
            compression: Compression::Sniffed,
            max_bytes: config.max_bundle_bytes,
            is_framed: false,
        })
    }

    fn decode(&self, _: &Parts, body: Bytes, _: u64) -> Result<Received, Refusal> {
        let bundle = wire::Bundle::decode(&body).map_err(malformed)?;
        let part = |bytes| body.slice_ref(bytes);
        let dropped = bundle.dropped.iter();
        let mut without_signal: Vec<_> = dropped
            .map(|dropped| (Outcome::dropped_by_page(dropped.reason), dropped.count))
            .collect();
        let (mut traces, mut logs) = (part(bundle.traces), part(bundle.logs));
        if !bundle.facts.is_empty() {
            let (telemetry, _) = facts::read(bundle.facts)?;
            without_signal.extend(facts::dropped(&telemetry));
            traces = joined(traces, telemetry.traces);
            logs = joined(logs, telemetry.logs);
        }
        Ok(Received {
            requests: Received::requests(traces, logs, part(bundle.metrics)),
            without_signal,
            batch_id: bundle.batch_id.try_into().ok(),
            sent_unix_nano: Some(bundle.sent_at_unix_nano).filter(|sent| *sent > 0),
            ..Received::default()
        })
    }

    /// A Bundle has no response message of its own, and the page reads the status alone.
    fn success(&self, _: &Parts, taken: &Taken) -> Response<Bytes> {
        Encoding::Json.success(Signal::Traces, &taken.partial)
    }

    fn failure(&self, _: &Parts, refusal: &Refusal) -> Response<Bytes> {
        Encoding::Json.failure(refusal)
    }
}

/// Two requests of a signal as one: concatenated messages are merged
/// (<https://protobuf.dev/programming-guides/encoding/#last-one-wins>).
fn joined(first: Bytes, second: Vec<u8>) -> Bytes {
    match first.is_empty() {
        true => second.into(),
        false => [&*first, &second].concat().into(),
    }
}

fn malformed(error: DecodeError) -> Refusal {
    Refusal::Malformed {
        status: StatusCode::BAD_REQUEST,
        reason: format!("not a Bundle: {error}").into(),
    }
}

const PATH: &str = "/v1/bundle";
