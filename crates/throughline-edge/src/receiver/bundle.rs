//! What did a page send?

use super::{Batch, Received};
use crate::outcome::DropReason;
use crate::refusal::Refusal;
use bytes::Bytes;
use std::borrow::Cow;
use throughline_facts::with_frames;
use throughline_otlp::Signal;
use throughline_wire::Bundle;

pub(super) fn receive(body: &Bytes) -> Result<Received, Refusal> {
    let bundle = Bundle::decode(body)?;
    let mut received = Received {
        batch_id: bundle.batch_id.try_into().ok(),
        ..Received::default()
    };
    for (signal, request) in [
        (Signal::Traces, bundle.traces),
        (Signal::Logs, bundle.logs),
        (Signal::Metrics, bundle.metrics),
    ] {
        if request.is_empty() {
            continue;
        }
        let request = match signal {
            Signal::Logs => with_frames(request),
            Signal::Traces | Signal::Metrics => Cow::Borrowed(request),
        };
        let request = match request {
            Cow::Borrowed(request) => body.slice_ref(request),
            Cow::Owned(request) => request.into(),
        };
        received.batches.push(Batch::new(signal, request)?);
    }
    for dropped in &bundle.dropped {
        received
            .dropped_by_page
            .push((DropReason::named(dropped.reason), dropped.count));
    }
    Ok(received)
}
