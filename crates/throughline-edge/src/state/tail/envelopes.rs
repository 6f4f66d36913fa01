//! The resources and scopes of buffered records, each kept once.

use super::Source;
use std::collections::HashMap;
use std::rc::Rc;
use throughline_otlp::group::GroupHead;

/// Identity of an envelope while a record refers to it.
pub(super) type EnvelopeId = u32;

/// All envelopes that a buffered record refers to.
#[derive(Debug, Default)]
pub(super) struct Envelopes {
    ids: HashMap<Rc<[u8]>, EnvelopeId>,
    /// By id; one without records is free.
    list: Vec<Option<Counted>>,
    free: Vec<EnvelopeId>,
    bytes: usize,
    /// Room for the key that is looked up.
    key: Vec<u8>,
}

/// An envelope, and the number of records that refer to it.
#[derive(Debug)]
struct Counted {
    /// The project and the signal of the source, the length of the resource's head, and both
    /// heads.
    key: Rc<[u8]>,
    source: Source,
    records: u64,
}

impl Envelopes {
    /// The id of an envelope of records of this source, to which no record refers yet.
    pub(super) fn find(&mut self, source: Source, head: GroupHead<'_>) -> EnvelopeId {
        self.key.clear();
        self.key.extend_from_slice(&source.project.to_le_bytes());
        self.key.push(source.signal as u8);
        let length = head.resource.len() as u32;
        self.key.extend_from_slice(&length.to_le_bytes());
        self.key.extend_from_slice(head.resource);
        self.key.extend_from_slice(head.scope);
        if let Some(id) = self.ids.get(&*self.key) {
            return *id;
        }
        let key: Rc<[u8]> = self.key.as_slice().into();
        let counted = Some(Counted {
            key: Rc::clone(&key),
            source,
            records: 0,
        });
        self.bytes += key.len() + OVERHEAD;
        let id = match self.free.pop() {
            Some(id) => {
                self.list[id as usize] = counted;
                id
            }
            None => {
                self.list.push(counted);
                (self.list.len() - 1) as EnvelopeId
            }
        };
        self.ids.insert(key, id);
        id
    }

    /// Counts one more record.
    pub(super) fn refer(&mut self, id: EnvelopeId) {
        if let Some(Some(envelope)) = self.list.get_mut(id as usize) {
            envelope.records += 1;
        }
    }

    /// Counts some records less; without any the envelope is forgotten.
    pub(super) fn release(&mut self, id: EnvelopeId, records: u64) {
        let Some(slot) = self.list.get_mut(id as usize) else {
            return;
        };
        let Some(envelope) = slot else { return };
        envelope.records = envelope.records.saturating_sub(records);
        if envelope.records == 0 {
            self.bytes -= envelope.key.len() + OVERHEAD;
            self.ids.remove(&envelope.key);
            *slot = None;
            self.free.push(id);
        }
    }

    /// The source of an envelope.
    pub(super) fn source(&self, id: EnvelopeId) -> Source {
        let envelope = self.list.get(id as usize).and_then(Option::as_ref);
        envelope.map_or(Source::default(), |envelope| envelope.source)
    }

    /// The head of an envelope.
    pub(super) fn head(&self, id: EnvelopeId) -> GroupHead<'_> {
        let envelope = self.list.get(id as usize).and_then(Option::as_ref);
        let parts = envelope.and_then(|envelope| {
            let (length, heads) = envelope.key.get(SOURCE_BYTES..)?.split_first_chunk()?;
            let (resource, scope) = heads.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            Some(GroupHead { resource, scope })
        });
        parts.unwrap_or_default()
    }

    /// Bytes of all envelopes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Bytes of the source in a key.
const SOURCE_BYTES: usize = 5;
/// Bytes that an envelope takes besides its own.
const OVERHEAD: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_otlp::Signal;

    #[test]
    fn an_envelope_is_kept_once_for_as_long_as_a_record_refers_to_it() {
        let mut envelopes = Envelopes::default();
        let head = |resource, scope| GroupHead { resource, scope };
        let source = |project, signal| Source { project, signal };
        let spans = source(1, Signal::Traces);
        let a = envelopes.find(spans, head(b"re", b"scope"));
        envelopes.refer(a);
        assert_eq!(envelopes.find(spans, head(b"re", b"scope")), a);
        // The same bytes, divided in another way, and of another source.
        for (source, other) in [
            (spans, head(b"res", b"cope")),
            (source(2, Signal::Traces), head(b"re", b"scope")),
            (source(1, Signal::Logs), head(b"re", b"scope")),
        ] {
            let id = envelopes.find(source, other);
            assert_ne!(id, a);
            assert_eq!((envelopes.source(id), envelopes.head(id)), (source, other));
            envelopes.release(id, 0);
        }
        assert_eq!(
            (envelopes.source(a), envelopes.head(a)),
            (spans, head(b"re", b"scope"))
        );
        envelopes.release(a, 1);
        assert_eq!(envelopes.bytes(), 0);
        assert_eq!(envelopes.find(spans, head(b"", b"")), a, "the id is free");
    }
}
