//! Logs: entries of `log` items become log records.

use crate::attributes::Attributes;
use crate::container::Entry;
use crate::event::write_body;
use crate::header::Header;
use crate::json::Json;
use crate::records::Records;
use crate::{ids, severity, time};
use throughline_otlp::field::log_record;

/// Appends the log record of an entry. `false` when it has neither text nor attributes.
pub(crate) fn add(logs: &mut Records, entry: Entry<'_>, header: &Header<'_>) -> bool {
    let log = entry.json;
    let body = log.get("body").text();
    if body.is_empty() && log.get("attributes").entries().next().is_none() {
        return false;
    }
    logs.add(&entry.source(header.sdk), |record| {
        let at = time::unix_nano(log.get("timestamp")).unwrap_or_default();
        record.fixed64(log_record::TIME_UNIX_NANO, at);
        severity::write(record, log.get("level").text());
        write_body(record, body);
        let span_id = match log.get("span_id") {
            Json::Null => entry.attribute(PARENT_SPAN),
            span_id => span_id,
        };
        let trace_id = (log_record::TRACE_ID, log.get("trace_id"));
        ids::write(record, [trace_id, (log_record::SPAN_ID, span_id)]);
        let mut attributes = Attributes {
            writer: record,
            field: log_record::ATTRIBUTES,
        };
        entry.write(&mut attributes, |key| !HAS_A_FIELD.contains(&key));
        (header.sampling).write_randomness(&mut attributes, log.get("trace_id"));
    });
    true
}

const PARENT_SPAN: &str = "sentry.trace.parent_span_id";
const HAS_A_FIELD: [&str; 3] = [
    PARENT_SPAN,
    "sentry.severity_number",
    "sentry.severity_text",
];
