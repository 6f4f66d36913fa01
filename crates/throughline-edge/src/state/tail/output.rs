//! Joins the records that are kept into export requests.

use super::envelopes::{EnvelopeId, Envelopes};
use super::remembered::Decision;
use super::{Kept, SampledOut, Source};
use crate::SortedMap;
use crate::processor::sample::Arriving;
use crate::processor::sample::cutoff::Cutoff;
use crate::processor::sample::facts::Identity;
use std::collections::BTreeMap;
use throughline_otlp::field::scope_group;
use throughline_otlp::group::write_scope_group;
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::TraceId;

/// Records that are kept, and how many were not.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Fields of scope groups.
    records: BTreeMap<EnvelopeId, Group>,
    bytes: usize,
    pub(super) requests: Vec<Kept>,
    pub(super) sampled_out: SampledOut,
    pub(super) decided: Vec<(TraceId, Decision)>,
}

#[derive(Debug, Default)]
struct Group {
    writer: Writer,
    records: u64,
}

impl Output {
    /// Adds a record if this cutoff keeps it, with the threshold of both samplings.
    pub(super) fn add(
        &mut self,
        envelopes: &mut Envelopes,
        id: EnvelopeId,
        message: &[u8],
        identity: &Identity<'_>,
        arriving: &Arriving,
        cutoff: Cutoff,
    ) {
        let signal = envelopes.source(id).signal;
        let raise = match cutoff.max(Cutoff::own(arriving.threshold)) {
            Cutoff::At(threshold) if threshold.keeps(arriving.randomness) => {
                arriving.raised_to(threshold)
            }
            _ => {
                self.sampled_out.add(signal);
                return;
            }
        };
        self.write(envelopes, id, |writer| {
            raise.write_record(signal, writer, message, identity);
        });
    }

    /// Adds a log record of no trace, as it is.
    pub(super) fn pass(&mut self, envelopes: &mut Envelopes, id: EnvelopeId, message: &[u8]) {
        self.write(envelopes, id, |writer| writer.raw(message));
    }

    fn write(
        &mut self,
        envelopes: &mut Envelopes,
        id: EnvelopeId,
        write: impl FnOnce(&mut Writer),
    ) {
        envelopes.refer(id);
        let group = self.records.entry(id).or_default();
        let before = group.writer.as_bytes().len();
        let record = group.writer.open(scope_group::RECORD);
        write(&mut group.writer);
        group.writer.close(record);
        group.records += 1;
        self.bytes += group.writer.as_bytes().len() - before;
        if self.bytes >= REQUEST_BYTES {
            self.join(envelopes);
        }
    }

    /// Joins the records into one request for each source.
    pub(super) fn join(&mut self, envelopes: &mut Envelopes) {
        let mut by_source = SortedMap::<Source, Group>::new();
        for (id, group) in core::mem::take(&mut self.records) {
            let (source, head) = (envelopes.source(id), envelopes.head(id));
            let request = by_source.or_default(source);
            write_scope_group(&mut request.writer, head, |writer| {
                writer.raw(group.writer.as_bytes());
            });
            request.records += group.records;
            envelopes.release(id, group.records);
        }
        self.bytes = 0;
        let requests = by_source.into_iter();
        self.requests.extend(requests.map(|(source, group)| Kept {
            source,
            request: group.writer.into_bytes().into(),
            records: group.records,
        }));
    }
}

/// Backends take some megabytes at once, and the records of a request are in memory twice.
const REQUEST_BYTES: usize = 1 << 20;
