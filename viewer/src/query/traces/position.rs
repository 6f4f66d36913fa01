//! The position of a trace in the list, from which the next page continues.

use crate::decode::{TraceId, id_from_hex};
use throughline_trace_context::hex;

/// The position of a trace in the list, unique to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) start: i64,
    pub(super) trace_id: TraceId,
}

impl Position {
    /// Before all traces.
    pub(super) const START: Self = Self {
        start: i64::MAX,
        trace_id: [0xff; 16],
    };

    /// This one, or that of the first trace before a time if that comes later in the list.
    pub(super) fn or_before(self, until: i64) -> Self {
        match self.start < until {
            true => self,
            false => Self {
                start: until,
                trace_id: [0; 16],
            },
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let (start, trace_id) = text.split_once('-')?;
        Some(Self {
            start: start.parse().ok()?,
            trace_id: id_from_hex(trace_id)?,
        })
    }

    pub(super) fn format(self) -> String {
        format!("{}-{}", self.start, hex::encode(&self.trace_id))
    }
}
