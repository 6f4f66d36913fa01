//! What did a sender send?
//!
//! Bytes in, batches out: OTLP over HTTP, the page's Bundle, and the raw facts of a
//! page without WebAssembly all become OTLP protobuf here.

pub(crate) mod body;
mod bundle;
mod decoder;
mod facts;
mod otlp;
mod recent;

use crate::config::IngestConfig;
use crate::outcome::DropReason;
use crate::refusal::Refusal;
use body::Compression;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method};
use std::borrow::Cow;
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::{InvalidRequest, RecordFault, Signal, inspect};

pub(crate) use otlp::Encoding;
pub(crate) use recent::{BatchId, RecentBatches};

/// A way in: the last part of an ingest path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// OTLP/HTTP.
    Otlp(Signal),
    /// The page's Bundle.
    Bundle,
    /// Raw facts of a page without WebAssembly.
    Facts,
}

impl Door {
    /// The door at a path below `ingest.path`.
    pub(crate) fn at(path: &str) -> Option<Self> {
        match path {
            "/v1/traces" => Some(Door::Otlp(Signal::Traces)),
            "/v1/logs" => Some(Door::Otlp(Signal::Logs)),
            "/v1/metrics" => Some(Door::Otlp(Signal::Metrics)),
            "/v1/bundle" => Some(Door::Bundle),
            "/v1/facts" => Some(Door::Facts),
            _ => None,
        }
    }

    /// How the request is written, and so its answer.
    pub(crate) fn encoding(self, headers: &HeaderMap) -> Encoding {
        match self {
            Door::Otlp(_) => Encoding::of(headers),
            // Pages post text/plain, which needs no preflight, and read the status.
            Door::Bundle | Door::Facts => Encoding::Json,
        }
    }

    /// In which form telemetry comes, if it is one that is taken here.
    pub(crate) fn form(self, head: &Parts, config: &IngestConfig) -> Result<Form, Refusal> {
        if head.method != Method::POST {
            return Err(Refusal::Method(head.method.clone()));
        }
        let encoding = self.encoding(&head.headers);
        if encoding == Encoding::Text {
            return Err(otlp::unknown_content_type(&head.headers));
        }
        let (compression, limit) = match self {
            Door::Otlp(_) => (Compression::of(&head.headers)?, config.max_body_bytes),
            Door::Bundle => (Compression::Sniffed, config.max_bundle_bytes),
            Door::Facts => (Compression::of(&head.headers)?, config.max_bundle_bytes),
        };
        Ok(Form {
            encoding,
            compression,
            limit,
        })
    }

    /// Turns a whole body into batches.
    pub(crate) fn receive(self, encoding: Encoding, body: Bytes) -> Result<Received, Refusal> {
        match self {
            Door::Otlp(signal) => otlp::receive(signal, encoding, body),
            Door::Bundle => bundle::receive(&body),
            Door::Facts => facts::receive(&body),
        }
    }
}

/// How the bytes of a request are to be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form {
    pub(crate) encoding: Encoding,
    pub(crate) compression: Compression,
    /// Bytes there may be after decompression.
    pub(crate) limit: usize,
}

/// What came in with one request.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// One batch per signal that has any records.
    pub(crate) batches: Vec<Batch>,
    /// What the page had to let go before, by reason.
    pub(crate) dropped_by_page: Vec<(DropReason, u64)>,
    /// By which a second copy is known.
    pub(crate) batch_id: Option<BatchId>,
}

impl Received {
    /// What the sender is told of records that were not taken.
    pub(crate) fn partial_success(&self) -> PartialSuccess {
        let mut partial = PartialSuccess::default();
        for batch in &self.batches {
            let Some((records, fault)) = batch.unusable else {
                continue;
            };
            let of = batch.signal.records();
            let told = format!("{of} no backend could use: {records}, the first because {fault}");
            partial.rejected += records;
            if !partial.message.is_empty() {
                partial.message.push_str("; ");
            }
            partial.message.push_str(&told);
        }
        partial
    }
}

/// Records of one signal that travel together: an export request whose structure is sound.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) signal: Signal,
    /// The OTLP export request, unusable records taken out.
    pub(crate) request: Bytes,
    /// Records, those taken out included.
    pub(crate) records: u64,
    /// Records that were taken out, and what is wrong with the first.
    pub(crate) unusable: Option<(u64, RecordFault)>,
}

impl Batch {
    /// Walks a request and takes out what no backend could use.
    pub(crate) fn new(signal: Signal, request: Bytes) -> Result<Self, InvalidRequest> {
        let inspected = inspect(signal, &request)?;
        let unusable = (inspected.first_fault).map(|fault| (inspected.unusable, fault));
        let records = inspected.records;
        let usable = match inspected.request {
            Cow::Borrowed(_) => None,
            Cow::Owned(usable) => Some(usable.into()),
        };
        Ok(Self {
            signal,
            request: usable.unwrap_or(request),
            records,
            unusable,
        })
    }
}
