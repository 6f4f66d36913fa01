//! The stages that look at, edit and drop records, in one pass over a batch.
//!
//! Stages are pure: bytes in; bytes and counts out.

mod addresses;
mod frames;
mod language;
mod measure;

use crate::config::MetricsConfig;
use crate::state::aggregate::Measurement;
use addresses::Addresses;
use bytes::Bytes;
use frames::Frames;
use measure::Measure;
use std::borrow::Cow;
use throughline_otlp::rewrite::rewrite;
use throughline_otlp::{InvalidRequest, RecordFault, Signal};

/// An export request after the pass.
#[derive(Debug)]
pub(crate) struct Processed {
    /// The request: what no stage changed is as it was received.
    pub(crate) request: Bytes,
    /// Records that were received.
    pub(crate) records: u64,
    /// Records that no backend could use, and the fault of the first. They are left out.
    pub(crate) unusable: Option<(u64, RecordFault)>,
    /// Records that a sampler dropped.
    pub(crate) sampled_out: u64,
    /// What was measured in them.
    pub(crate) measurements: Vec<Measurement>,
}

/// Validates an export request and runs the stages over it.
///
/// # Errors
/// [`InvalidRequest`] when the structure is broken; the sender is at fault.
pub(crate) fn process(
    signal: Signal,
    received: &Bytes,
    metrics: &MetricsConfig,
) -> Result<Processed, InvalidRequest> {
    // What is measured does not depend on what later stages drop or redact.
    let mut measure = Measure::new(metrics, signal);
    // Frames are made of what is left of a stack.
    let (mut addresses, mut frames) = (Addresses::default(), Frames::default());
    let rewritten = rewrite(
        signal,
        received,
        &mut [&mut measure, &mut addresses, &mut frames],
    )?;
    let fault = rewritten.first_fault;
    Ok(Processed {
        records: rewritten.records,
        unusable: fault.map(|fault| (rewritten.unusable, fault)),
        sampled_out: rewritten.dropped,
        measurements: measure.measurements,
        request: match rewritten.request {
            Cow::Borrowed(request) => received.slice_ref(request),
            Cow::Owned(request) => request.into(),
        },
    })
}
