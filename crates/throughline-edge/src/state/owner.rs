//! Hands spans and log records over to the core that owns their trace.
//!
//! The records of a trace arrive at any core of a machine, and are judged at one. A core puts
//! those that another owns into the owner's mailbox, which the owner empties when it looks
//! for traces whose time is over.

use super::tail::Source;
use bytes::Bytes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use throughline_otlp::Signal;
use throughline_otlp::field::{log_record, scope_group, span};
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
    records: Vec<HandedOver>,
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

/// Records for the core that owns their traces.
#[derive(Debug)]
pub(crate) struct HandedOver {
    pub(crate) source: Source,
    /// An inspected export request.
    pub(crate) request: Bytes,
    pub(crate) records: u64,
}

/// The place of one core among those of its machine.
#[derive(Debug)]
pub(crate) struct Owner {
    mailboxes: Mailboxes,
    /// `None` when all are taken: then it owns all traces of which it gets records.
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

    /// Takes a mailbox for a core: that of this number, if it is free.
    pub(crate) fn join(&self, number: Option<usize>) -> Owner {
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
            own: number
                .into_iter()
                .chain(0..self.list.len())
                .filter(|number| *number < self.list.len())
                .find(is_free),
        }
    }

    /// Puts records into a mailbox, unless it is full or its core does not run.
    fn put(&self, index: usize, records: HandedOver) -> Result<(), HandedOver> {
        let mut mailbox = self.mailbox(index);
        let bytes = mailbox.bytes.saturating_add(records.request.len());
        if mailbox.state != MailboxState::Open || bytes > self.max_bytes {
            return Err(records);
        }
        mailbox.bytes = bytes;
        mailbox.records.push(records);
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
    /// The number of its mailbox, by which it owns traces.
    pub(crate) const fn number(&self) -> Option<usize> {
        self.own
    }

    /// Hands over what other cores own, with the number of records of each, to `handed_over`.
    /// Returns what stays here: what this core owns, what belongs to no trace, and what its
    /// owner cannot take.
    pub(crate) fn divide(
        &self,
        source: Source,
        request: Bytes,
        mut handed_over: impl FnMut(u64),
    ) -> Vec<Bytes> {
        let cores = self.mailboxes.cores();
        let Some(own) = self.own.filter(|_| cores > 1) else {
            return vec![request];
        };
        let mut stay = Vec::new();
        for (core, request, records) in divide(source.signal, &request, Shards::cores(cores, own)) {
            let part = HandedOver {
                source,
                request,
                records,
            };
            if core == own {
                stay.push(part.request);
                continue;
            }
            match self.mailboxes.put(core, part) {
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
        core::mem::take(&mut mailbox.records)
    }

    /// Takes the last records, and lets the other cores keep what comes after.
    pub(crate) fn close(&self) -> Vec<HandedOver> {
        if let Some(own) = self.own {
            self.mailboxes.mailbox(own).state = MailboxState::Closed;
        }
        self.receive()
    }
}

/// Divides the records of an inspected request by the owners of their traces, each with its
/// number, a request and the number of records.
pub(crate) fn divide(
    signal: Signal,
    request: &[u8],
    shards: Shards,
) -> impl Iterator<Item = (usize, Bytes, u64)> {
    let Shards {
        owners, of_none, ..
    } = shards;
    let mut parts: Vec<(Writer, u64)> = (0..owners).map(|_| (Writer::new(), 0)).collect();
    let mut of_owner: Vec<Vec<&[u8]>> = vec![Vec::new(); owners];
    each_scope_group(request, |head, group| {
        for record in records(group) {
            of_owner[shards.owner_of(signal, record).unwrap_or(of_none)].push(record);
        }
        for (messages, (writer, records)) in of_owner.iter_mut().zip(&mut parts) {
            if messages.is_empty() {
                continue;
            }
            *records += messages.len() as u64;
            write_scope_group(writer, head, |writer| {
                for message in messages.drain(..) {
                    writer.bytes_present(scope_group::RECORD, message);
                }
            });
        }
    });
    let parts = parts.into_iter().enumerate();
    parts.filter_map(|(owner, (writer, records))| {
        (records > 0).then(|| (owner, writer.into_bytes().into(), records))
    })
}

/// Divides the records of an inspected request by their traces, each with a request and the number
/// of records. Those of no trace stay together.
pub(crate) fn divide_by_trace(
    signal: Signal,
    request: &[u8],
) -> Vec<(Option<TraceId>, Bytes, u64)> {
    let mut positions = HashMap::new();
    let mut parts: Vec<(Option<TraceId>, Writer, u64)> = Vec::new();
    let mut of_group: Vec<Vec<&[u8]>> = Vec::new();
    each_scope_group(request, |head, group| {
        let mut in_group = Vec::new();
        for record in records(group) {
            let trace = trace_of(signal, record);
            let position = *positions.entry(trace).or_insert_with(|| {
                parts.push((trace, Writer::new(), 0));
                of_group.push(Vec::new());
                parts.len() - 1
            });
            if of_group[position].is_empty() {
                in_group.push(position);
            }
            of_group[position].push(record);
        }
        for position in in_group {
            let (_, writer, records) = &mut parts[position];
            *records += of_group[position].len() as u64;
            write_scope_group(writer, head, |writer| {
                for message in of_group[position].drain(..) {
                    writer.bytes_present(scope_group::RECORD, message);
                }
            });
        }
    });
    let parts = parts.into_iter();
    parts
        .map(|(trace, writer, records)| (trace, writer.into_bytes().into(), records))
        .collect()
}

/// The traces that the records of an inspected request name, each once.
pub(crate) fn traces_of(signal: Signal, request: &[u8]) -> Vec<TraceId> {
    let mut traces = Vec::new();
    each_scope_group(request, |_, group| {
        traces.extend(records(group).filter_map(|record| trace_of(signal, record)));
    });
    traces.sort_unstable();
    traces.dedup();
    traces
}

/// Whether any of the log records of an inspected request names a trace.
pub(crate) fn names_a_trace(request: &[u8]) -> bool {
    let mut names = false;
    each_scope_group(request, |_, group| {
        names = names || records(group).any(|record| trace_of(Signal::Logs, record).is_some());
    });
    names
}

/// Owners that share traces.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shards {
    pub(crate) owners: usize,
    /// The number of the owner of records without a trace.
    pub(crate) of_none: usize,
    /// Of the hash.
    pub(crate) salt: u64,
}

impl Shards {
    /// Cores of a machine, of which this is the number `own`.
    const fn cores(owners: usize, own: usize) -> Self {
        Self {
            owners,
            of_none: own,
            salt: 0,
        }
    }

    /// The owner of the trace of a record; `None` when it has no trace id.
    fn owner_of(&self, signal: Signal, message: &[u8]) -> Option<usize> {
        let id = trace_of(signal, message)?;
        let hash = mix(u128::from_be_bytes(*id.as_bytes()) ^ u128::from(self.salt));
        Some((hash % self.owners as u64) as usize)
    }
}

/// The trace of a record.
pub(super) fn trace_of(signal: Signal, message: &[u8]) -> Option<TraceId> {
    let number = match signal {
        Signal::Traces => span::TRACE_ID,
        Signal::Logs | Signal::Metrics => log_record::TRACE_ID,
    };
    let ids = fields(message).map_while(Result::ok);
    let mut ids = ids.filter_map(|field| match field.value {
        Value::Bytes(id) if field.number == number => Some(id),
        _ => None,
    });
    TraceId::from_bytes(ids.next()?.try_into().ok()?)
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
    fn all_records_of_a_trace_come_to_one_core_and_none_is_lost() {
        let mailboxes = Mailboxes::new(3, 3 << 20);
        let owners: Vec<Owner> = (0..3).map(|_| mailboxes.join(None)).collect();
        let mut random = Random(3);
        let traces: Vec<_> = (0..300).map(|_| random.trace_id()).collect();
        let mut seen = BTreeMap::new();
        let mut see = |core: usize, signal: Signal, request: &[u8]| {
            for record in read(signal, request) {
                assert_eq!(*seen.entry(record.trace).or_insert(core), core);
            }
        };
        let mut handed = 0;
        let kinds: [fn(TraceId, u64) -> TestSpan; 2] = [TestSpan::new, TestSpan::log];
        for (core, owner) in owners.iter().enumerate() {
            for make in kinds {
                let records: Vec<_> = traces.iter().map(|id| make(*id, 7)).collect();
                let signal = records[0].signal;
                let source = Source { project: 0, signal };
                let stay = owner.divide(source, request(&records).into(), |records| {
                    handed += records;
                });
                stay.iter().for_each(|request| see(core, signal, request));
            }
        }
        let mut received = 0;
        let mut per_core = Vec::new();
        for (core, owner) in owners.iter().enumerate() {
            for part in owner.receive() {
                received += part.records;
                per_core.push(part.records);
                see(core, part.source.signal, &part.request);
            }
        }
        assert_eq!(received, handed);
        assert_eq!(seen.len(), traces.len());
        assert!(per_core.iter().all(|spans| *spans > 70), "{per_core:?}");
    }

    #[test]
    fn a_core_can_keep_its_number() {
        let mailboxes = Mailboxes::new(3, 3 << 20);
        let numbers = [Some(1), None, Some(1), Some(7)];
        let owners = numbers.map(|number| mailboxes.join(number).number());
        assert_eq!(owners, [Some(1), Some(0), Some(2), None]);
    }

    #[test]
    fn what_an_owner_cannot_take_stays() {
        let mailboxes = Mailboxes::new(2, 2_000);
        let owner = mailboxes.join(None);
        let mut random = Random(4);
        let spans: Vec<_> = (0..10)
            .map(|id| TestSpan::new(random.trace_id(), id))
            .collect();
        let divided = |owner: &Owner| {
            let stay = owner.divide(Source::default(), request(&spans).into(), |_| {});
            stay.iter()
                .map(|request| read(Signal::Traces, request).len())
                .sum::<usize>()
        };
        assert_eq!(divided(&owner), 10, "the other core does not run yet");
        let other = mailboxes.join(None);
        assert!(divided(&owner) < 10);
        while divided(&owner) < 10 {}
        assert!(!other.close().is_empty(), "it was full");
        assert_eq!(divided(&owner), 10, "it has ended");
        assert!(other.receive().is_empty());
    }
}
