//! The spans of a trace that is not decided yet.

use super::envelopes::EnvelopeId;

/// A trace that is not decided yet. Its spans are bytes one after the other: a trace of one
/// span takes one allocation.
#[derive(Debug)]
pub(super) struct OpenTrace {
    /// When the first span arrived, in ns of the tail's time.
    pub(super) first_seen: u64,
    pub(super) spans: u32,
    /// Whether its root span has arrived.
    pub(super) is_rooted: bool,
    /// For each span its envelope and its length, four bytes each, and the encoded span.
    bytes: Vec<u8>,
}

impl OpenTrace {
    pub(super) const fn new(first_seen: u64) -> Self {
        Self {
            first_seen,
            spans: 0,
            is_rooted: false,
            bytes: Vec::new(),
        }
    }

    /// Adds a span, and returns by how many bytes the trace has grown.
    pub(super) fn push(&mut self, envelope: EnvelopeId, span: &[u8]) -> usize {
        let before = self.bytes.capacity();
        let more = HEAD_BYTES + span.len();
        if self.bytes.len() + more > before {
            // Doubling would leave a quarter of all memory unused.
            self.bytes.reserve_exact(more.max(before / 4));
        }
        self.bytes.extend_from_slice(&envelope.to_le_bytes());
        // A request is never as long as 4 GB.
        self.bytes
            .extend_from_slice(&(span.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(span);
        self.spans += 1;
        self.bytes.capacity() - before
    }

    /// Each span with its envelope, in the order of their arrival.
    pub(super) fn spans(&self) -> impl Iterator<Item = (EnvelopeId, &[u8])> {
        let mut rest = self.bytes.as_slice();
        core::iter::from_fn(move || {
            let (envelope, after) = rest.split_first_chunk()?;
            let (length, after) = after.split_first_chunk()?;
            let length = u32::from_le_bytes(*length) as usize;
            let (span, after) = after.split_at_checked(length)?;
            rest = after;
            Some((u32::from_le_bytes(*envelope), span))
        })
    }

    /// Bytes that are allocated.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

const HEAD_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_they_were_added() {
        let mut trace = OpenTrace::new(0);
        let grown = trace.push(7, b"first") + trace.push(8, b"") + trace.push(7, b"third");
        assert_eq!(grown, trace.bytes());
        let spans: Vec<_> = trace.spans().collect();
        assert_eq!(spans, [(7, &b"first"[..]), (8, b""), (7, b"third")]);
    }
}
