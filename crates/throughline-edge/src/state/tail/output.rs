//! Joins the spans that are kept into export requests.

use super::Kept;
use super::envelopes::{EnvelopeId, Envelopes};
use crate::processor::sample::Arriving;
use crate::processor::sample::cutoff::Cutoff;
use crate::processor::sample::facts::Identity;
use std::collections::BTreeMap;
use throughline_otlp::field::scope_group;
use throughline_otlp::group::write_scope_group;
use throughline_otlp::protobuf::Writer;

/// Spans that are kept, and how many were not.
#[derive(Debug, Default)]
pub(super) struct Output {
    /// Fields of scope groups.
    spans: BTreeMap<EnvelopeId, Group>,
    bytes: usize,
    pub(super) requests: Vec<Kept>,
    pub(super) sampled_out: u64,
}

#[derive(Debug, Default)]
struct Group {
    writer: Writer,
    records: u64,
}

impl Output {
    /// Adds a span if this cutoff keeps it, with the threshold of both samplings.
    pub(super) fn add(
        &mut self,
        envelopes: &mut Envelopes,
        id: EnvelopeId,
        span: &[u8],
        identity: &Identity<'_>,
        arriving: &Arriving,
        cutoff: Cutoff,
    ) {
        let raise = match cutoff.max(Cutoff::own(arriving.threshold)) {
            Cutoff::At(threshold) if threshold.keeps(arriving.randomness) => {
                arriving.raised_to(threshold)
            }
            _ => {
                self.sampled_out += 1;
                return;
            }
        };
        envelopes.refer(id);
        let group = self.spans.entry(id).or_default();
        let before = group.writer.as_bytes().len();
        let record = group.writer.open(scope_group::RECORD);
        raise.write_span(&mut group.writer, span, identity);
        group.writer.close(record);
        group.records += 1;
        self.bytes += group.writer.as_bytes().len() - before;
        if self.bytes >= REQUEST_BYTES {
            self.join(envelopes);
        }
    }

    /// Joins the spans into one request for each source.
    pub(super) fn join(&mut self, envelopes: &mut Envelopes) {
        let mut by_source = BTreeMap::<u32, Group>::new();
        for (id, group) in core::mem::take(&mut self.spans) {
            let (source, head) = envelopes.get(id);
            let request = by_source.entry(source).or_default();
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

/// Backends take some megabytes at once, and the spans of a request are in memory twice.
const REQUEST_BYTES: usize = 1 << 20;
