//! The content of one request, decoded and not yet validated.

use crate::outcome::DropReason;
use crate::state::duplicates::BatchId;
use bytes::Bytes;
use core::fmt::Display;
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
    /// Records that could not be decoded, where a protocol takes the others.
    pub(crate) invalid: Option<Invalid>,
    /// The sender's clock when it sent the request, in ns since the Unix epoch.
    pub(crate) sent_unix_nano: Option<u64>,
}

/// Records that could not be decoded. The sender is at fault.
#[derive(Debug)]
pub(crate) struct Invalid {
    pub(crate) signal: Signal,
    pub(crate) records: u64,
    /// What is wrong with the first.
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
