//! The log record of an exception.

use super::attributes;
use super::batch::{Batch, ERROR, WARN};
use super::page::Page;
use crate::injected::is_injected;
use crate::text::{Fields, List};
use alloc::string::String;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::values;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_wire::facts::exception;

/// Appends the log record of an exception; returns false for one of a script that is none of the page's, unless the page
/// wants to have it.
pub(super) fn write(page: &Page, fields: &Fields<'_>, batch: &mut Batch) -> bool {
    let is_injected = is_injected(page.context(), fields);
    if is_injected && fields.text(exception::INJECTED).is_empty() {
        return false;
    }
    // An error that the page reports itself is handled.
    let handled = fields.text(exception::MECHANISM) == exception::MECHANISM_CAPTURE_EXCEPTION;
    let severity = match fields.number(exception::SEVERITY) {
        0 if handled => WARN,
        0 => ERROR,
        given => given,
    };
    let at = fields.number(exception::AT);
    let ids = exception::SPAN_IDS;
    let open = batch.open_event(page, at, severity, semconv::EXCEPTION, fields, ids);
    let log = &mut batch.logs;
    attributes::write(log, ATTRIBUTES, fields, 0, &exception::ATTRIBUTES);
    let key = semconv::THROUGHLINE_EXCEPTION_HANDLED;
    attribute::bool(log, ATTRIBUTES, key, handled);
    if is_injected {
        let key = semconv::THROUGHLINE_EXCEPTION_INJECTED;
        attribute::bool(log, ATTRIBUTES, key, true);
    }
    let count = fields.number(exception::COUNT).cast_signed();
    if count > 1 {
        attribute::int(log, ATTRIBUTES, semconv::THROUGHLINE_EXCEPTION_COUNT, count);
    }
    // Of a script of another origin only the event has a message, and it is little:
    // "Script error.".
    let mut message = fields.text(exception::MESSAGE);
    if message.is_empty() {
        message = fields.text(exception::EVENT_MESSAGE);
    }
    attribute::string(log, ATTRIBUTES, semconv::EXCEPTION_MESSAGE, message);
    let causes = List::items(fields.text(exception::CAUSES));
    if !causes.is_empty() {
        write_causes(log, causes, fields.text(exception::PATHS));
    }
    let images = List::items(fields.text(exception::IMAGES));
    if !images.is_empty() {
        write_images(log, images);
    }
    batch.logs.close(open);
    true
}

/// The scripts and modules in the stacks, with the ids by which their sources are found. A debug id has dashes, and the build id of
/// a module has none.
fn write_images(log: &mut Writer, mut images: List<'_>) {
    let key = semconv::THROUGHLINE_EXCEPTION_IMAGES;
    attribute::list(log, ATTRIBUTES, key, |log| {
        while !images.is_empty() {
            attribute::map(log, |log| {
                let items = [images.text(), images.text()];
                let is_script = items[1].bytes().any(|byte| byte == b'-');
                let kind = if is_script { "sourcemap" } else { "wasm" };
                attribute::string(log, values::VALUES, "type", kind);
                for (key, text) in exception::IMAGES_ITEMS.into_iter().zip(items) {
                    attributes::text(log, values::VALUES, key, text);
                }
            });
        }
    });
}

/// The chain of `cause`, <https://tc39.es/ecma262/#sec-installerrorcause>, and the members of an
/// `AggregateError`, <https://tc39.es/ecma262/#sec-aggregate-error-objects>.
fn write_causes(log: &mut Writer, mut causes: List<'_>, paths: &str) {
    let has_members = paths.bytes().any(|step| step.is_ascii_digit());
    let mut paths = List::items(paths);
    let key = semconv::THROUGHLINE_EXCEPTION_CAUSES;
    attribute::list(log, ATTRIBUTES, key, |log| {
        while !causes.is_empty() {
            let steps = paths.text();
            attribute::map(log, |log| {
                for key in exception::CAUSES_ITEMS {
                    attributes::text(log, values::VALUES, key, causes.text());
                }
                if has_members {
                    attributes::text(log, values::VALUES, "path", &path(steps));
                }
            });
        }
    });
}

/// The properties on the way to a cause: `errors[0].cause` for `0c`.
fn path(steps: &str) -> String {
    let mut path = String::new();
    for step in steps.chars() {
        if !path.is_empty() {
            path.push('.');
        }
        if step.is_ascii_digit() {
            path.push_str("errors[");
            path.push(step);
            path.push(']');
        } else {
            path.push_str("cause");
        }
    }
    path
}
