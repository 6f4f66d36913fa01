//! Moves the times of records by the offset of their sender's clock.

use super::names::pairs;
use throughline_otlp::Signal;
use throughline_otlp::attribute::attributes;
use throughline_otlp::field::{
    export_request, log_record, resource, resource_group, scope_group, span, span_event,
};
use throughline_otlp::protobuf::{Field, Value, Writer};
use throughline_otlp::rewrite::{Edit, Message, edit_within};
use throughline_semconv as semconv;

/// Moves the times of a span and of its events, or of a log record, by `offset` ms. A time that
/// is not set stays so.
pub(super) fn move_times(record: &mut Message<'_>, signal: Signal, offset: i64) {
    let by = offset.saturating_mul(1_000_000);
    record.edit(|field, writer| match (signal, field.number) {
        (Signal::Traces, span::START_TIME_UNIX_NANO | span::END_TIME_UNIX_NANO)
        | (Signal::Logs, log_record::TIME_UNIX_NANO | log_record::OBSERVED_TIME_UNIX_NANO) => {
            move_time(field, writer, by)
        }
        (Signal::Traces, span::EVENTS) => {
            edit_within(field, writer, |field, writer| match field.number {
                span_event::TIME_UNIX_NANO => move_time(field, writer, by),
                _ => Edit::Keep,
            })
        }
        _ => Edit::Keep,
    });
}

fn move_time(field: Field<'_>, writer: &mut Writer, by: i64) -> Edit {
    match field.value {
        Value::Fixed64(time) if time > 0 => {
            writer.fixed64_present(field.number, time.saturating_add_signed(by));
            Edit::Replace
        }
        _ => Edit::Keep,
    }
}

/// The `session.id` of the first record of a request, or of its resource.
pub(crate) fn session_of(signal: Signal, request: &[u8]) -> Option<&[u8]> {
    let number = match signal {
        Signal::Traces => span::ATTRIBUTES,
        Signal::Logs => log_record::ATTRIBUTES,
        Signal::Metrics => return None,
    };
    let group = pairs(request, export_request::RESOURCE).next()?;
    let of_record = || {
        let scope = pairs(group, resource_group::SCOPE).next()?;
        session_in(pairs(scope, scope_group::RECORD).next()?, number)
    };
    let of_resource = || {
        let resource = pairs(group, resource_group::RESOURCE).next()?;
        session_in(resource, resource::ATTRIBUTES)
    };
    of_record().or_else(of_resource)
}

fn session_in(message: &[u8], number: u32) -> Option<&[u8]> {
    let session =
        attributes(message, number).find(|attribute| attribute.key == semconv::SESSION_ID)?;
    session.value().as_str().map(str::as_bytes)
}
