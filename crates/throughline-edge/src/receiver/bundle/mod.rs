//! The Bundle: all signals of a page in one compressed request.

use super::body::{Compression, Limits};
use super::otlp::Encoding;
use super::{Protocol, Received, credential};
use crate::config::IngestConfig;
use crate::http::Refusal;
use crate::outcome::DropReason;
use bytes::Bytes;
use http::Response;
use http::request::Parts;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;
use throughline_wire as wire;

/// A Bundle, posted as `text/plain` so that the page needs no preflight.
#[derive(Debug)]
pub(crate) struct Bundle;

impl Protocol for Bundle {
    fn path(&self) -> &'static str {
        PATH
    }

    fn is_at(&self, path: &str) -> bool {
        credential::without_key(path) == PATH
    }

    fn credential<'a>(&self, path: &'a str, head: &'a Parts) -> Option<&'a str> {
        credential::ingest_key(path, head)
    }

    fn limits(&self, _: &Parts, config: &IngestConfig) -> Result<Limits, Refusal> {
        Ok(Limits {
            compression: Compression::Sniffed,
            max_bytes: config.max_bundle_bytes,
        })
    }

    fn decode(&self, _: &Parts, body: Bytes) -> Result<Received, Refusal> {
        let bundle = wire::Bundle::decode(&body)?;
        let requests = [
            (Signal::Traces, bundle.traces),
            (Signal::Logs, bundle.logs),
            (Signal::Metrics, bundle.metrics),
        ];
        let dropped = bundle.dropped.iter();
        Ok(Received {
            requests: (requests.into_iter())
                .filter(|(_, request)| !request.is_empty())
                .map(|(signal, request)| (signal, body.slice_ref(request)))
                .collect(),
            dropped_by_page: dropped
                .map(|dropped| (DropReason::named(dropped.reason), dropped.count))
                .collect(),
            batch_id: bundle.batch_id.try_into().ok(),
            sent_unix_nano: Some(bundle.sent_at_unix_nano).filter(|sent| *sent > 0),
        })
    }

    /// A Bundle has no response message of its own, and the page reads the status alone.
    fn success(&self, _: &Parts, partial: &PartialSuccess) -> Response<Bytes> {
        Encoding::Json.success(Signal::Traces, partial)
    }

    fn failure(&self, _: &Parts, refusal: &Refusal) -> Response<Bytes> {
        Encoding::Json.failure(refusal)
    }
}

const PATH: &str = "/v1/bundle";
