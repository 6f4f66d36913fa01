//! The header of an envelope: what it says of all items.

use crate::json::Json;
use crate::sampling::Sampling;

/// What is read of an envelope's header.
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
