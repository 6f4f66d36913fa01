//! The content of one request, decoded and not yet validated.

use crate::outcome::Outcome;
use crate::state::duplicates::BatchId;
use bytes::Bytes;
use core::fmt::Display;
use throughline_otlp::Signal;
use throughline_otlp::response::PartialSuccess;

/// The content of one request.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// OTLP export requests.
    pub(crate) requests: Vec<(Signal, Bytes)>,
    /// Counts of what is no record of any signal here: a page or an SDK dropped it before, or
    /// it is an item that is not translated.
    pub(crate) without_signal: Vec<(Outcome, u64)>,
    /// The identity by which a second copy is recognised.
    pub(crate) batch_id: Option<BatchId>,
    /// Records that could not be decoded, where a protocol takes the others.
    pub(crate) invalid: Option<Invalid>,
    /// The id of the event that arrived, for the response.
    pub(crate) event_id: Option<String>,
    /// The sender's clock when it sent the request, in ns since the Unix epoch.
    pub(crate) sent_unix_nano: Option<u64>,
}

/// Records that could not be decoded. The sender is at fault.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(crate) signal: Signal,
    pub(crate) records: u64,
    /// The fault of the first.
    pub(crate) first_fault: String,
}

impl Invalid {
    /// No such records.
    pub(crate) const fn new(signal: Signal) -> Self {
        Self {
            signal,
            records: 0,
            first_fault: String::new(),
        }
    }

    /// Counts records with the same fault.
    pub(crate) fn add(&mut self, records: u64, fault: &dyn Display) {
        if self.records == 0 && records > 0 {
            self.first_fault = fault.to_string();
        }
        self.records += records;
    }
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

/// The result of a request that was taken, for the response.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    /// How many records were rejected, and why.
    pub(crate) partial: PartialSuccess,
    /// The id of the event that arrived.
    pub(crate) event_id: Option<String>,
}
