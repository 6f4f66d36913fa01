//! The spans and log records of a trace that is not decided yet.

use super::envelopes::EnvelopeId;

/// A trace that is not decided yet. Its records are bytes one after the other: a trace of one
/// takes one allocation.
#[derive(Debug)]
pub(super) struct OpenTrace {
    /// When the first record arrived, in ns of the tail's time.
    pub(super) first_seen: u64,
    /// Spans alone, without log records.
    pub(super) spans: u32,
    /// Whether its root span has arrived.
    pub(super) is_rooted: bool,
    /// For each record its envelope and its length, four bytes each, and the encoded record.
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

    /// Adds a record, and returns by how many bytes the trace has grown.
    pub(super) fn push(&mut self, envelope: EnvelopeId, record: &[u8]) -> usize {
        let before = self.bytes.capacity();
        let more = HEAD_BYTES + record.len();
        if self.bytes.len() + more > before {
            // Doubling would leave a quarter of all memory unused.
            self.bytes.reserve_exact(more.max(before / 4));
        }
        self.bytes.extend_from_slice(&envelope.to_le_bytes());
        // A request is never as long as 4 GB.
        self.bytes
            .extend_from_slice(&(record.len() as u32).to_le_bytes());
        self.bytes.extend_from_slice(record);
        self.bytes.capacity() - before
    }

    /// Each record with its envelope, in the order of their arrival.
    pub(super) fn records(&self) -> impl Iterator<Item = (EnvelopeId, &[u8])> {
        let mut rest = self.bytes.as_slice();
        core::iter::from_fn(move || {
            let (envelope, after) = rest.split_first_chunk()?;
            let (length, after) = after.split_first_chunk()?;
            let length = u32::from_le_bytes(*length) as usize;
            let (record, after) = after.split_at_checked(length)?;
            rest = after;
            Some((u32::from_le_bytes(*envelope), record))
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
    fn records_are_read_as_they_were_added() {
        let mut trace = OpenTrace::new(0);
        let grown = trace.push(7, b"first") + trace.push(8, b"") + trace.push(7, b"third");
        assert_eq!(grown, trace.bytes());
        let records: Vec<_> = trace.records().collect();
        assert_eq!(records, [(7, &b"first"[..]), (8, b""), (7, b"third")]);
    }
}
