//! Transactions: a root span, and the spans below it.

use crate::attributes::Attributes;
use crate::header::Header;
use crate::json::Json;
use crate::records::Records;
use crate::source::Source;
use crate::{span, surroundings};
use alloc::format;
use throughline_otlp::field;

/// Appends the spans of a transaction, which have all the same trace.
pub(crate) fn add(traces: &mut Records, transaction: &Json<'_>, header: &Header<'_>) {
    let source = Source::of_event(transaction, header.sdk);
    let root = transaction.get("contexts").get("trace");
    let name = match transaction.get("transaction").text() {
        "" => span::name(root),
        name => name,
    };
    let tracestate = (header.sampling).tracestate(root, span::sample_rate(root));
    traces.add(&source, |record| {
        span::write(record, root, transaction, name, &tracestate);
        let mut attributes = Attributes {
            writer: record,
            field: field::span::ATTRIBUTES,
        };
        surroundings::write(&mut attributes, transaction, source.language());
        for (name, measured) in transaction.get("measurements").entries() {
            let key = format!("sentry.measurements.{name}");
            attributes.json(&key, measured.get("value"));
        }
    });
    for child in transaction.get("spans").items() {
        traces.add(&source, |record| {
            span::write(record, child, child, span::name(child), &tracestate);
            Attributes {
                writer: record,
                field: field::span::ATTRIBUTES,
            }
            .prefixed("sentry.tags.", child.get("tags"));
        });
    }
}
