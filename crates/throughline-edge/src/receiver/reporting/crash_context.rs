//! The session and the span that a page has put into the reports of its crashes.
//!
//! A page sets texts by names in `window.crashReport`, and the browser adds them to the report:
//! <https://wicg.github.io/crash-reporting/#crashreportcontext>. `session.id` and `traceparent`
//! are those that join a report to the page's own telemetry.

use super::kind::CRASH;
use super::report::Report;
use serde_json::Value;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::{ATTRIBUTES, FLAGS, SPAN_ID, TRACE_ID};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_trace_context::Traceparent;

/// Takes session and span out of the body of a crash's report, and writes them as those of the
/// log record. What has another form than it should have stays in the body.
pub(super) fn write(record: &mut Writer, report: &mut Report) {
    if &*report.kind != CRASH {
        return;
    }
    let Some(Value::Object(texts)) = report.body.get_mut(MEMBER) else {
        return;
    };
    let session = texts.get(semconv::SESSION_ID).and_then(Value::as_str);
    if let Some(id) = session.filter(|id| !id.is_empty()) {
        attribute::string(record, ATTRIBUTES, semconv::SESSION_ID, id);
        texts.remove(semconv::SESSION_ID);
    }
    let span = texts.get(TRACEPARENT).and_then(Value::as_str);
    if let Some(Ok(span)) = span.map(Traceparent::parse) {
        record.bytes(TRACE_ID, span.trace_id.as_bytes());
        record.bytes(SPAN_ID, span.parent_id.as_bytes());
        record.fixed32(FLAGS, span.flags.bits().into());
        texts.remove(TRACEPARENT);
    }
    if texts.is_empty() {
        report.body.remove(MEMBER);
    }
}

/// The member of the body that has what the page has set.
const MEMBER: &str = "crash_report_api";
/// The name under which a page sets its span, as in the header:
/// <https://www.w3.org/TR/trace-context-2/#traceparent-header>.
const TRACEPARENT: &str = "traceparent";
