//! Redacts the secrets in addresses, where a page did not.
//!
//! The engine in a page does it itself. What a page sends without the engine, and what other
//! senders of JavaScript send, has addresses as they were.

use super::language::is_foreign;
use throughline_otlp::Signal;
use throughline_otlp::attribute::Attribute;
use throughline_otlp::field::{any_value, key_value, log_record, values};
use throughline_otlp::protobuf::{Field, Writer};
use throughline_otlp::rewrite::{Edit, Envelope, Interest, Keep, Message, Stage, edit_fields};
use throughline_scrub::addresses;
use throughline_semconv as semconv;

/// The stage that redacts the addresses in log records of JavaScript.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Whether the current group is of another language.
    is_foreign: bool,
}

impl Stage for Addresses {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Logs => Interest::RESOURCE.and(Interest::RECORD),
            Signal::Traces | Signal::Metrics => Interest::NONE,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.is_foreign = is_foreign(resource);
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        if !self.is_foreign {
            record.edit(|field, writer| match field.number {
                log_record::ATTRIBUTES => edit_attribute(field, writer),
                _ => Edit::Keep,
            });
        }
        Keep::Yes
    }
}

fn edit_attribute(field: Field<'_>, writer: &mut Writer) -> Edit {
    let key = field
        .value
        .as_bytes()
        .map(|bytes| Attribute::read(bytes).key);
    if key.is_some_and(|key| WITH_ADDRESSES.contains(&key)) {
        edit_within(field, writer, |field, writer| match field.number {
            key_value::VALUE => edit_value(field, writer),
            _ => Edit::Keep,
        })
    } else {
        Edit::Keep
    }
}

/// Redacts the texts in an `AnyValue`, those in lists and maps too.
fn edit_value(field: Field<'_>, writer: &mut Writer) -> Edit {
    edit_within(field, writer, |field, writer| match field.number {
        any_value::STRING => edit_text(field, writer),
        any_value::ARRAY => edit_within(field, writer, |field, writer| match field.number {
            values::VALUES => edit_value(field, writer),
            _ => Edit::Keep,
        }),
        any_value::KVLIST => edit_within(field, writer, |field, writer| match field.number {
            values::VALUES => edit_within(field, writer, |field, writer| match field.number {
                key_value::VALUE => edit_value(field, writer),
                _ => Edit::Keep,
            }),
            _ => Edit::Keep,
        }),
        _ => Edit::Keep,
    })
}

fn edit_text(field: Field<'_>, writer: &mut Writer) -> Edit {
    let text = field
        .value
        .as_bytes()
        .and_then(|bytes| str::from_utf8(bytes).ok());
    let Some(text) = text else {
        return Edit::Keep;
    };
    let redacted = addresses(text);
    if redacted == text {
        return Edit::Keep;
    }
    writer.string(field.number, &redacted);
    Edit::Replace
}

/// Edits the message that a field holds.
fn edit_within(
    field: Field<'_>,
    writer: &mut Writer,
    edit: impl FnMut(Field<'_>, &mut Writer) -> Edit,
) -> Edit {
    let Some(message) = field.value.as_bytes() else {
        return Edit::Keep;
    };
    let open = writer.open(field.number);
    let is_changed = edit_fields(message, writer, edit);
    writer.close(open);
    if is_changed {
        Edit::Replace
    } else {
        Edit::Keep
    }
}

/// The attributes in which addresses stand.
const WITH_ADDRESSES: [&str; 14] = [
    semconv::BROWSER_CSP_VIOLATION_ORIGINAL_POLICY,
    semconv::BROWSER_CSP_VIOLATION_SAMPLE,
    semconv::BROWSER_REPORT_BLOCKED_URL,
    semconv::BROWSER_REPORT_BODY,
    semconv::BROWSER_REPORT_MESSAGE,
    semconv::BROWSER_REPORT_REFERRER,
    semconv::BROWSER_DOCUMENT_URL_FULL,
    semconv::CODE_FILE_PATH,
    semconv::CODE_STACKTRACE,
    semconv::EXCEPTION_MESSAGE,
    semconv::EXCEPTION_STACKTRACE,
    semconv::THROUGHLINE_EXCEPTION_CAUSES,
    semconv::THROUGHLINE_EXCEPTION_FRAMES,
    semconv::URL_FULL,
];
