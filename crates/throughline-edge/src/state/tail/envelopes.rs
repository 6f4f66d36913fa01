//! The resources and scopes of buffered spans, each kept once.

use std::collections::HashMap;
use std::rc::Rc;
use throughline_otlp::group::GroupHead;

/// Identity of an envelope while a span refers to it.
pub(super) type EnvelopeId = u32;

/// All envelopes that a buffered span refers to.
#[derive(Debug, Default)]
pub(super) struct Envelopes {
    ids: HashMap<Rc<[u8]>, EnvelopeId>,
    /// By id; one without spans is free.
    list: Vec<Option<Counted>>,
    free: Vec<EnvelopeId>,
    bytes: usize,
    /// Room for the key that is looked up.
    key: Vec<u8>,
}

/// An envelope, and the number of spans that refer to it.
#[derive(Debug)]
struct Counted {
    /// The source and the length of the resource's head, four bytes each, and both heads.
    key: Rc<[u8]>,
    spans: u64,
}

impl Envelopes {
    /// The id of an envelope of spans of this source, to which no span refers yet.
    pub(super) fn find(&mut self, source: u32, head: GroupHead<'_>) -> EnvelopeId {
        self.key.clear();
        self.key.extend_from_slice(&source.to_le_bytes());
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
            spans: 0,
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

    /// Counts one more span.
    pub(super) fn refer(&mut self, id: EnvelopeId) {
        if let Some(Some(envelope)) = self.list.get_mut(id as usize) {
            envelope.spans += 1;
        }
    }

    /// Counts some spans less; without any the envelope is forgotten.
    pub(super) fn release(&mut self, id: EnvelopeId, spans: u64) {
        let Some(slot) = self.list.get_mut(id as usize) else {
            return;
        };
        let Some(envelope) = slot else { return };
        envelope.spans = envelope.spans.saturating_sub(spans);
        if envelope.spans == 0 {
            self.bytes -= envelope.key.len() + OVERHEAD;
            self.ids.remove(&envelope.key);
            *slot = None;
            self.free.push(id);
        }
    }

    /// The source and the head of an envelope.
    pub(super) fn get(&self, id: EnvelopeId) -> (u32, GroupHead<'_>) {
        let envelope = self.list.get(id as usize).and_then(Option::as_ref);
        let parts = envelope.and_then(|envelope| {
            let (source, rest) = envelope.key.split_first_chunk()?;
            let (length, heads) = rest.split_first_chunk()?;
            let (resource, scope) = heads.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            Some((u32::from_le_bytes(*source), GroupHead { resource, scope }))
        });
        parts.unwrap_or_default()
    }

    /// Bytes of all envelopes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Bytes that an envelope takes besides its own.
const OVERHEAD: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_is_kept_once_for_as_long_as_a_span_refers_to_it() {
        let mut envelopes = Envelopes::default();
        let head = |resource, scope| GroupHead { resource, scope };
        let a = envelopes.find(1, head(b"re", b"scope"));
        envelopes.refer(a);
        assert_eq!(envelopes.find(1, head(b"re", b"scope")), a);
        // The same bytes, divided in another way, and of another source.
        for (source, other) in [(1, head(b"res", b"cope")), (2, head(b"re", b"scope"))] {
            let id = envelopes.find(source, other);
            assert_ne!(id, a);
            assert_eq!(envelopes.get(id), (source, other));
            envelopes.release(id, 0);
        }
        assert_eq!(envelopes.get(a), (1, head(b"re", b"scope")));
        envelopes.release(a, 1);
        assert_eq!(envelopes.bytes(), 0);
        assert_eq!(envelopes.find(3, head(b"", b"")), a, "the id is free");
    }
}
