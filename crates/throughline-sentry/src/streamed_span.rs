//! Streamed spans: entries of `span` items of version 2 become spans.
//!
//! <https://develop.sentry.dev/sdk/telemetry/spans/span-protocol/>

use crate::attributes::Attributes;
use crate::container::{Entry, write_typed};
use crate::header::Header;
use crate::json::Json;
use crate::records::Records;
use crate::{ids, span, time};
use throughline_otlp::field::{self, span_kind, span_link};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// Appends the span of an entry.
pub(crate) fn add(traces: &mut Records, entry: Entry<'_>, header: &Header<'_>) {
    let own = entry.json;
    let tracestate = (header.sampling).tracestate(own, entry.attribute(span::SAMPLE_RATE));
    traces.add(&entry.source(header.sdk), |record| {
        span::write_ids(record, own, &tracestate);
        record.string(field::span::NAME, own.get("name").text());
        record.varint(field::span::KIND, kind(entry));
        let start = time::unix_nano(own.get("start_timestamp"));
        span::write_times(record, start, time::unix_nano(own.get("end_timestamp")));
        let mut attributes = Attributes {
            writer: record,
            field: field::span::ATTRIBUTES,
        };
        entry.write(&mut attributes, |_| true);
        for link in own.get("links").items() {
            write_link(record, link);
        }
        span::write_status(record, own.get("status").text());
    });
}

fn kind(entry: Entry<'_>) -> u64 {
    match entry.attribute("sentry.kind").text() {
        "server" => span_kind::SERVER,
        "client" => span_kind::CLIENT,
        "producer" => span_kind::PRODUCER,
        "consumer" => span_kind::CONSUMER,
        "internal" => span_kind::INTERNAL,
        _ => span::kind(entry.attribute(semconv::SENTRY_OP).text()),
    }
}

fn write_link(record: &mut Writer, link: &Json<'_>) {
    let open = record.open(field::span::LINKS);
    let trace_id = (span_link::TRACE_ID, link.get("trace_id"));
    ids::write(
        record,
        [trace_id, (span_link::SPAN_ID, link.get("span_id"))],
    );
    for (key, typed) in link.get("attributes").entries() {
        let mut attributes = Attributes {
            writer: record,
            field: span_link::ATTRIBUTES,
        };
        write_typed(&mut attributes, key, typed);
    }
    record.close(open);
}
