//! What did a page without WebAssembly see?

use super::{Batch, Received};
use crate::outcome::DropReason;
use crate::refusal::Refusal;
use bytes::Bytes;
use throughline_otlp::Signal;

pub(super) fn receive(body: &Bytes) -> Result<Received, Refusal> {
    let text = core::str::from_utf8(body).map_err(|_| Refusal::FactsNotUtf8)?;
    let telemetry = throughline_facts::to_otlp(text)?;
    let mut received = Received::default();
    let dropped = telemetry.dropped();
    received.dropped_by_page = dropped
        .map(|(reason, records)| (DropReason::named(reason), records))
        .collect();
    for (signal, request) in [
        (Signal::Traces, telemetry.traces),
        (Signal::Logs, telemetry.logs),
        (Signal::Metrics, telemetry.metrics),
    ] {
        if !request.is_empty() {
            received.batches.push(Batch::new(signal, request.into())?);
        }
    }
    Ok(received)
}
