//! The content of one request, decoded and not yet validated.

use crate::outcome::DropReason;
use crate::state::duplicates::BatchId;
use bytes::Bytes;
use throughline_otlp::Signal;

/// What arrived with one request.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// OTLP export requests.
    pub(crate) requests: Vec<(Signal, Bytes)>,
    /// Records that the page dropped before, by reason.
    pub(crate) dropped_by_page: Vec<(DropReason, u64)>,
    /// The identity by which a second copy is recognised.
    pub(crate) batch_id: Option<BatchId>,
    /// The sender's clock when it sent the request, in ns since the Unix epoch.
    pub(crate) sent_unix_nano: Option<u64>,
}

impl Received {
    /// The export requests of a page: one per signal that has any records.
    pub(crate) fn requests(traces: Bytes, logs: Bytes, metrics: Bytes) -> Vec<(Signal, Bytes)> {
        let requests = [
            (Signal::Traces, traces),
            (Signal::Logs, logs),
            (Signal::Metrics, metrics),
        ];
        let requests = requests.into_iter();
        requests
            .filter(|(_, request)| !request.is_empty())
            .collect()
    }
}
