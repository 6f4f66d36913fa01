//! The stages that look at, edit and drop records, in one pass over a batch.
//!
//! Stages are pure: bytes in; bytes and counts out.

mod addresses;
mod frames;
mod language;
pub(crate) mod sample;

use addresses::Addresses;
use bytes::Bytes;
use frames::Frames;
use sample::Sample;
use std::borrow::Cow;
use throughline_otlp::rewrite::{Stage, rewrite};
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
}

/// Validates an export request and runs the stages over it. What a sampler drops costs the
/// other stages nothing.
///
/// # Errors
/// [`InvalidRequest`] when the structure is broken; the sender is at fault.
pub(crate) fn process(
    signal: Signal,
    received: &Bytes,
    mut sample: Option<&mut Sample>,
) -> Result<Processed, InvalidRequest> {
    // Frames are made of what is left of a stack.
    let (mut addresses, mut frames) = (Addresses::default(), Frames::default());
    let mut stages: Vec<&mut dyn Stage> = Vec::with_capacity(3);
    if let Some(sample) = &mut sample {
        stages.push(*sample);
    }
    stages.push(&mut addresses);
    stages.push(&mut frames);
    let rewritten = rewrite(signal, received, &mut stages)?;
    let fault = rewritten.first_fault;
    Ok(Processed {
        records: rewritten.records,
        unusable: fault.map(|fault| (rewritten.unusable, fault)),
        sampled_out: rewritten.dropped,
        request: match rewritten.request {
            Cow::Borrowed(request) => received.slice_ref(request),
            Cow::Owned(request) => request.into(),
        },
    })
}
