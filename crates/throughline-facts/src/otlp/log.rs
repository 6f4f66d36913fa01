//! The log record of a message that the page logs.

use super::attributes;
use super::batch::Batch;
use super::page::Page;
use crate::text::Fields;
use throughline_otlp::field::{any_value, log_record};
use throughline_wire::facts::log;

/// Appends the log record of a message.
pub(super) fn write(page: &Page, fields: &Fields<'_>, batch: &mut Batch) {
    let [at, severity] = [log::AT, log::SEVERITY].map(|position| fields.number(position));
    let open = batch.open_event(
        page,
        at,
        severity,
        fields.text(log::EVENT_NAME),
        fields,
        log::SPAN_IDS,
    );
    let text = fields.text(log::BODY);
    // An event has none.
    if !text.is_empty() {
        let body = batch.logs.open(log_record::BODY);
        batch.logs.string(any_value::STRING, text);
        batch.logs.close(body);
    }
    attributes::given(&mut batch.logs, log_record::ATTRIBUTES, fields, log::TEXTS);
    batch.logs.close(open);
}
