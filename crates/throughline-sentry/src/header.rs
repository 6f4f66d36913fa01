//! The header of an envelope, which holds for all items.

use crate::json::Json;
use crate::sampling::Sampling;

/// The parts of an envelope's header that are read.
#[derive(Debug, Clone)]
pub(crate) struct Header<'j> {
    /// The SDK, which an item may name as well.
    pub(crate) sdk: &'j Json<'j>,
    /// How the SDK sampled the trace that the envelope is of.
    pub(crate) sampling: Sampling,
}

impl<'j> Header<'j> {
    /// Nothing in it is required.
    pub(crate) fn of(header: &'j Json<'j>) -> Self {
        Self {
            sdk: header.get("sdk"),
            sampling: Sampling::of_trace(header.get("trace")),
        }
    }
}
