//! Feedback of a user: a log record with the user's words as its body.

use crate::attributes::Attributes;
use crate::json::Json;
use crate::records::Records;
use crate::source::Source;
use crate::{event, surroundings};
use throughline_otlp::field::log_record;
use throughline_semconv as semconv;

/// Appends the log record of a `feedback` item, an event whose context has the words.
pub(crate) fn add(logs: &mut Records, feedback: &Json<'_>, sdk: &Json<'_>) {
    let source = Source::of_event(feedback, sdk);
    let given = feedback.get("contexts").get("feedback");
    logs.add(&source, |record| {
        event::write_head(record, feedback, "info", given.get("message").text());
        record.string(log_record::EVENT_NAME, semconv::SENTRY_FEEDBACK);
        let mut attributes = Attributes {
            writer: record,
            field: log_record::ATTRIBUTES,
        };
        surroundings::write(&mut attributes, feedback, source.language());
        surroundings::write_breadcrumbs(&mut attributes, feedback);
    });
}

/// Appends the log record of a `user_report` item, which older SDKs send. `false` without
/// words.
pub(crate) fn add_report(logs: &mut Records, report: &Json<'_>, sdk: &Json<'_>) -> bool {
    let words = report.get("comments").text();
    if words.is_empty() {
        return false;
    }
    logs.add(&Source::of_event(&Json::Null, sdk), |record| {
        event::write_head(record, report, "info", words);
        record.string(log_record::EVENT_NAME, semconv::SENTRY_FEEDBACK);
        let mut attributes = Attributes {
            writer: record,
            field: log_record::ATTRIBUTES,
        };
        attributes.text(semconv::SENTRY_EVENT_ID, report.get("event_id").text());
        attributes.text(semconv::USER_FULL_NAME, report.get("name").text());
        attributes.text(semconv::USER_EMAIL, report.get("email").text());
    });
    true
}
