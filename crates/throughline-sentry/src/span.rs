//! Spans of transactions, and what all spans have in common.

use crate::attributes::Attributes;
use crate::json::Json;
use crate::{ids, time};
use throughline_otlp::field::{span, span_kind, status, status_code};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// Appends a span: the root of a transaction, which is in its trace context, or a child.
/// Times are those of `timed`, which is the transaction for a root.
pub(crate) fn write(
    record: &mut Writer,
    own: &Json<'_>,
    timed: &Json<'_>,
    name: &str,
    tracestate: &str,
) {
    write_ids(record, own, tracestate);
    record.string(span::NAME, name);
    let op = own.get("op").text();
    record.varint(span::KIND, kind(op));
    let start = time::unix_nano(timed.get("start_timestamp"));
    let end = time::unix_nano(timed.get("timestamp"));
    write_times(record, start, end);
    write_status(record, own.get("status").text());
    let mut attributes = Attributes {
        writer: record,
        field: span::ATTRIBUTES,
    };
    attributes.text(semconv::SENTRY_OP, op);
    attributes.text(semconv::SENTRY_ORIGIN, own.get("origin").text());
    for (key, value) in own.get("data").entries() {
        // SDKs repeat what has its own field.
        if key != semconv::SENTRY_OP && key != semconv::SENTRY_ORIGIN {
            attributes.json(key, value);
        }
    }
}

/// Appends the name of a child without one of its own: the description, or what it does.
pub(crate) fn name<'j>(child: &'j Json<'_>) -> &'j str {
    let texts = [child.get("description"), child.get("op")].map(Json::text);
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

/// The rate at which a root was kept; null for a span that does not name it. Relay writes it
/// into the trace context.
pub(crate) fn sample_rate<'j>(own: &'j Json<'j>) -> &'j Json<'j> {
    match own.get("data").get(SAMPLE_RATE) {
        Json::Null => own.get("client_sample_rate"),
        rate => rate,
    }
}

/// Appends the ids, and how the trace was sampled; an empty tracestate is left out.
pub(crate) fn write_ids(record: &mut Writer, own: &Json<'_>, tracestate: &str) {
    let trace_id = (span::TRACE_ID, own.get("trace_id"));
    ids::write(record, [trace_id, (span::SPAN_ID, own.get("span_id"))]);
    let parent = own.get("parent_span_id").text();
    if let Some(parent) = ids::bytes(parent, 8) {
        record.bytes(span::PARENT_SPAN_ID, &parent);
    }
    record.string(span::TRACE_STATE, tracestate);
}

pub(crate) fn write_times(record: &mut Writer, start: Option<u64>, end: Option<u64>) {
    let start = start.or(end).unwrap_or_default();
    record.fixed64(span::START_TIME_UNIX_NANO, start);
    record.fixed64(span::END_TIME_UNIX_NANO, end.unwrap_or(start));
}

/// The kind by what a span does: <https://develop.sentry.dev/sdk/telemetry/traces/span-operations/>.
pub(crate) fn kind(op: &str) -> u64 {
    match op {
        "http.server" | "grpc.server" | "websocket.server" | "rpc.server" => span_kind::SERVER,
        "queue.publish" | "queue.submit.celery" => span_kind::PRODUCER,
        "queue.process" | "queue.task.celery" => span_kind::CONSUMER,
        _ if op.starts_with("http.client") || op.starts_with("db") || op.starts_with("cache.") => {
            span_kind::CLIENT
        }
        "grpc.client" | "rpc.client" => span_kind::CLIENT,
        _ => span_kind::INTERNAL,
    }
}

/// Appends the status: an error unless it went well, was cancelled, or nobody knows.
pub(crate) fn write_status(record: &mut Writer, text: &str) {
    if matches!(text, "" | "ok" | "cancelled" | "unknown") {
        return;
    }
    let open = record.open(span::STATUS);
    if text != "error" {
        record.string(status::MESSAGE, text);
    }
    record.varint(status::CODE, status_code::ERROR);
    record.close(open);
}

/// The attribute of a root span that has the rate at which its trace was kept.
pub(crate) const SAMPLE_RATE: &str = "sentry.sample_rate";
