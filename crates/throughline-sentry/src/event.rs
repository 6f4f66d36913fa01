//! Events: exceptions and messages become log records.

use crate::attributes::Attributes;
use crate::exception::Exceptions;
use crate::header::Header;
use crate::images::Images;
use crate::json::Json;
use crate::message::message;
use crate::records::Records;
use crate::source::Source;
use crate::stack::Stack;
use crate::{ids, severity, surroundings, time};
use throughline_otlp::field::{any_value, log_record};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// Appends the log record of an event.
pub(crate) fn add(logs: &mut Records, event: &Json<'_>, header: &Header<'_>) {
    let source = Source::of_event(event, header.sdk);
    let language = source.language();
    let message = message(event);
    let message = &*message;
    let exceptions = Exceptions::of(event);
    let images = Images::of(event);
    logs.add(&source, |record| {
        let is_thrown = exceptions.is_thrown(message);
        let level = match event.get("level").text() {
            "" => "error",
            level => level,
        };
        write_head(record, event, level, message);
        if is_thrown {
            record.string(log_record::EVENT_NAME, semconv::EXCEPTION);
        }
        let mut attributes = Attributes {
            writer: record,
            field: log_record::ATTRIBUTES,
        };
        if is_thrown {
            exceptions.write(&mut attributes, &images, language);
        } else {
            stack_of_message(event, &exceptions).write_code(&mut attributes, language);
        }
        let trace_id = event.get("contexts").get("trace").get("trace_id");
        (header.sampling).write_randomness(&mut attributes, trace_id);
        images.write(&mut attributes);
        surroundings::write(&mut attributes, event, language);
        surroundings::write_breadcrumbs(&mut attributes, event);
    });
}

/// Appends time, severity, body and ids.
pub(crate) fn write_head(record: &mut Writer, event: &Json<'_>, level: &str, body: &str) {
    let at = time::unix_nano(event.get("timestamp")).unwrap_or_default();
    record.fixed64(log_record::TIME_UNIX_NANO, at);
    severity::write(record, level);
    write_body(record, body);
    let trace = event.get("contexts").get("trace");
    let trace_id = (log_record::TRACE_ID, trace.get("trace_id"));
    ids::write(
        record,
        [trace_id, (log_record::SPAN_ID, trace.get("span_id"))],
    );
}

/// Appends the body; the empty one is left out.
pub(crate) fn write_body(record: &mut Writer, body: &str) {
    if !body.is_empty() {
        let open = record.open(log_record::BODY);
        record.string(any_value::STRING, body);
        record.close(open);
    }
}

fn stack_of_message<'j>(event: &'j Json<'j>, carriers: &Exceptions<'j>) -> Stack<'j> {
    let threads = event.get("threads").values();
    let owners = [carriers.last(), event].into_iter().chain(threads);
    let mut owners = owners.filter(|owner| !matches!(owner.get("stacktrace"), Json::Null));
    Stack::of(owners.next().unwrap_or(&Json::Null))
}
