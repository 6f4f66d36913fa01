//! Hands spans over to the core that owns their trace.
//!
//! The spans of a trace arrive at any core of a machine, and are judged at one. A core puts
//! those that another owns into the owner's mailbox, which the owner empties when it looks
//! for traces whose time is over.

use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_otlp::field::scope_group;
use throughline_otlp::group::{each_scope_group, records, write_scope_group};
use throughline_otlp::protobuf::{Value, Writer, fields};
use throughline_trace_context::TraceId;

/// The mailboxes of the cores of a machine. Cloning gives the same.
#[derive(Debug, Clone)]
pub(crate) struct Mailboxes {
    list: Arc<[Mutex<Mailbox>]>,
    /// Bytes that one may hold.
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Mailbox {
    state: MailboxState,
    spans: Vec<HandedOver>,
    bytes: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum MailboxState {
    /// The core does not run yet.
    #[default]
    Free,
    Open,
    /// The core has ended.
    Closed,
}

/// Spans for the core that owns their traces.
#[derive(Debug)]
pub(crate) struct HandedOver {
    pub(crate) source: u32,
    /// An inspected export request.
    pub(crate) request: Bytes,
    pub(crate) records: u64,
}

/// The place of one core among those of its machine.
#[derive(Debug)]
pub(crate) struct Owner {
    mailboxes: Mailboxes,
    /// `None` when all are taken: then it owns all traces of which it gets spans.
    own: Option<usize>,
}

impl Mailboxes {
    pub(crate) fn new(cores: usize, max_bytes: usize) -> Self {
        Self {
            list: (0..cores.max(1)).map(|_| Mutex::default()).collect(),
            max_bytes: max_bytes / cores.max(1),
        }
    }

    /// How many cores share the traces.
    pub(crate) fn cores(&self) -> usize {
        self.list.len()
    }

    /// Takes a mailbox for a core.
    pub(crate) fn join(&self) -> Owner {
        let is_free = |index: &usize| {
            let mut mailbox = self.mailbox(*index);
            let is_free = mailbox.state == MailboxState::Free;
            if is_free {
                mailbox.state = MailboxState::Open;
            }
            is_free
        };
        Owner {
            mailboxes: self.clone(),
            own: (0..self.list.len()).find(is_free),
        }
    }

    /// Puts spans into a mailbox, unless it is full or its core does not run.
    fn put(&self, index: usize, spans: HandedOver) -> Result<(), HandedOver> {
        let mut mailbox = self.mailbox(index);
        let bytes = mailbox.bytes.saturating_add(spans.request.len());
        if mailbox.state != MailboxState::Open || bytes > self.max_bytes {
            return Err(spans);
        }
        mailbox.bytes = bytes;
        mailbox.spans.push(spans);
        Ok(())
    }

    /// No code panics under this lock, so a poisoned lock still guards valid state.
    fn mailbox(&self, index: usize) -> MutexGuard<'_, Mailbox> {
        self.list[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Owner {
    /// Hands over what other cores own, with the number of spans of each, to `handed_over`.
    /// Returns what stays here: what this core owns, and what its owner cannot take.
    pub(crate) fn divide(
        &self,
        source: u32,
        request: Bytes,
        mut handed_over: impl FnMut(u64),
    ) -> Vec<Bytes> {
        let cores = self.mailboxes.cores();
        let Some(own) = self.own.filter(|_| cores > 1) else {
            return vec![request];
        };
        let mut parts: Vec<(Writer, u64)> = (0..cores).map(|_| (Writer::new(), 0)).collect();
        let mut of_core: Vec<Vec<&[u8]>> = vec![Vec::new(); cores];
        each_scope_group(&request, |head, group| {
            for span in records(group) {
                of_core[owner_of(span, cores).unwrap_or(own)].push(span);
            }
            for (spans, (writer, records)) in of_core.iter_mut().zip(&mut parts) {
                if spans.is_empty() {
                    continue;
                }
                *records += spans.len() as u64;
                write_scope_group(writer, head, |writer| {
                    for span in spans.drain(..) {
                        writer.bytes_present(scope_group::RECORD, span);
                    }
                });
            }
        });
        let mut stay = Vec::new();
        for (core, (writer, records)) in parts.into_iter().enumerate() {
            if records == 0 {
                continue;
            }
            let spans = HandedOver {
                source,
                request: writer.into_bytes().into(),
                records,
            };
            if core == own {
                stay.push(spans.request);
                continue;
            }
            match self.mailboxes.put(core, spans) {
                Ok(()) => handed_over(records),
                Err(back) => stay.push(back.request),
            }
        }
        stay
    }

    /// Takes what other cores have handed over.
    pub(crate) fn receive(&self) -> Vec<HandedOver> {
        let Some(own) = self.own else {
            return Vec::new();
        };
        let mut mailbox = self.mailboxes.mailbox(own);
        mailbox.bytes = 0;
        core::mem::take(&mut mailbox.spans)
    }

    /// Takes the last spans, and lets the other cores keep what comes after.
    pub(crate) fn close(&self) -> Vec<HandedOver> {
        if let Some(own) = self.own {
            self.mailboxes.mailbox(own).state = MailboxState::Closed;
        }
        self.receive()
    }
}

/// The core that owns the trace of a span; `None` when it has no trace id.
fn owner_of(message: &[u8], cores: usize) -> Option<usize> {
    let mut fields = fields(message).map_while(Result::ok);
    let id = fields.find_map(|field| match field.value {
        Value::Bytes(id) if field.number == throughline_otlp::field::span::TRACE_ID => Some(id),
        _ => None,
    })?;
    let id = TraceId::from_bytes(id.try_into().ok()?)?;
    let hash = mix(u128::from_be_bytes(*id.as_bytes()));
    Some((hash % cores as u64) as usize)
}

/// A hash of a trace id. Its own last bits are the randomness of samplers: after one of them
/// only high values arrive.
const fn mix(id: u128) -> u64 {
    let mut hash = (id >> 64) as u64 ^ (id as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ hash >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ hash >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tail::testing::{Random, TestSpan, read, request};
    use std::collections::BTreeMap;

    #[test]
    fn all_spans_of_a_trace_come_to_one_core_and_none_is_lost() {
        let mailboxes = Mailboxes::new(3, 3 << 20);
        let owners: Vec<Owner> = (0..3).map(|_| mailboxes.join()).collect();
        let mut random = Random(3);
        let traces: Vec<_> = (0..300).map(|_| random.trace_id()).collect();
        let mut seen = BTreeMap::new();
        let mut see = |core: usize, request: &[u8]| {
            for span in read(request) {
                assert_eq!(*seen.entry(span.trace).or_insert(core), core);
            }
        };
        let mut handed = 0;
        for (core, owner) in owners.iter().enumerate() {
            let spans: Vec<_> = traces.iter().map(|id| TestSpan::new(*id, 7)).collect();
            let stay = owner.divide(0, request(&spans).into(), |records| handed += records);
            stay.iter().for_each(|request| see(core, request));
        }
        let mut received = 0;
        let mut per_core = Vec::new();
        for (core, owner) in owners.iter().enumerate() {
            for spans in owner.receive() {
                received += spans.records;
                per_core.push(spans.records);
                see(core, &spans.request);
            }
        }
        assert_eq!(received, handed);
        assert_eq!(seen.len(), traces.len());
        assert!(per_core.iter().all(|spans| *spans > 70), "{per_core:?}");
    }

    #[test]
    fn what_an_owner_cannot_take_stays() {
        let mailboxes = Mailboxes::new(2, 2_000);
        let owner = mailboxes.join();
        let mut random = Random(4);
        let spans: Vec<_> = (0..10)
            .map(|id| TestSpan::new(random.trace_id(), id))
            .collect();
        let divided = |owner: &Owner| {
            let stay = owner.divide(0, request(&spans).into(), |_| {});
            stay.iter()
                .map(|request| read(request).len())
                .sum::<usize>()
        };
        assert_eq!(divided(&owner), 10, "the other core does not run yet");
        let other = mailboxes.join();
        assert!(divided(&owner) < 10);
        while divided(&owner) < 10 {}
        assert!(!other.close().is_empty(), "it was full");
        assert_eq!(divided(&owner), 10, "it has ended");
        assert!(other.receive().is_empty());
    }
}
