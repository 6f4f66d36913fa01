//! Raw facts, from a page that cannot run WebAssembly.

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

/// Facts as text, which become telemetry here by the code that the page's engine has.
#[derive(Debug)]
pub(crate) struct Facts;

impl Protocol for Facts {
    fn path(&self) -> &'static str {
        PATH
    }

    fn is_at(&self, path: &str) -> bool {
        credential::without_key(path) == PATH
    }

    fn credential<'a>(&self, path: &'a str, head: &'a Parts) -> Option<&'a str> {
        credential::ingest_key(path, head)
    }

    fn limits(&self, head: &Parts, config: &IngestConfig) -> Result<Limits, Refusal> {
        Ok(Limits {
            compression: Compression::of(&head.headers)?,
            max_bytes: config.max_bundle_bytes,
        })
    }

    fn decode(&self, _: &Parts, body: Bytes) -> Result<Received, Refusal> {
        let text = core::str::from_utf8(&body).map_err(|_| Refusal::FactsNotUtf8)?;
        let telemetry = throughline_facts::to_otlp(text)?;
        let dropped = telemetry.dropped();
        let dropped_by_page = dropped
            .map(|(reason, records)| (DropReason::named(reason), records))
            .collect();
        let requests = [
            (Signal::Traces, telemetry.traces),
            (Signal::Logs, telemetry.logs),
            (Signal::Metrics, telemetry.metrics),
        ];
        Ok(Received {
            requests: (requests.into_iter())
                .filter(|(_, request)| !request.is_empty())
                .map(|(signal, request)| (signal, request.into()))
                .collect(),
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

const PATH: &str = "/v1/facts";
