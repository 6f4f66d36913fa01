//! The log record of an exception.

use crate::attributes;
use crate::batch::{Batch, ERROR, WARN};
use crate::page::Page;
use crate::pending::{Pending, is_full};
use crate::text::{Fields, List, hash, split, tail};
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::values;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_wire::facts::exception;

/// The exceptions of this batch. A loop throws the same exception many times: it becomes one
/// log record with a count.
#[derive(Debug)]
pub(crate) struct Exceptions(Vec<Pending>);

impl Exceptions {
    /// No exceptions.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds an exception, or counts it when the same is there.
    pub(crate) fn add(&mut self, page: &Page, record: &str, batch: &mut Batch) {
        // Equal in everything but time and span is the same exception.
        let identity = hash(tail(record, exception::MECHANISM));
        for seen in &mut self.0 {
            let [known, count, ..] = &mut seen.numbers;
            if *known == identity {
                *count += 1;
                return;
            }
        }
        if is_full(&self.0) {
            self.finish(page, batch);
        }
        self.0.push(Pending::new(record, [identity, 1, 0, 0]));
    }

    /// Appends the exceptions as log records.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for seen in &self.0 {
            let count = seen.numbers[1].cast_signed();
            log_record(page, seen, count, batch);
        }
        self.0.clear();
    }

    /// Whether there are no exceptions.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Whether each address in an exception's stack is that of a browser extension, and there is one.
/// `webkit-masked-url://` may be the page's own: Safari masks both. One that the page wants to have
/// is none.
pub(crate) fn is_injected(fields: &Fields<'_>) -> bool {
    let mut found = false;
    let mut rest = fields.text(exception::STACKTRACE);
    while !rest.is_empty() && fields.text(exception::INJECTED).is_empty() {
        let (before, after) = split(rest, b':');
        rest = after;
        if rest.starts_with("//") {
            found = before.ends_with("-extension");
            if !found {
                break;
            }
        }
    }
    found
}

fn log_record(page: &Page, seen: &Pending, count: i64, batch: &mut Batch) {
    let fields = &seen.fields();
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
    let causes = page.list(&seen.record, exception::CAUSES);
    if !causes.is_empty() {
        write_causes(log, causes);
    }
    batch.logs.close(open);
}

/// The chain of `cause`: <https://tc39.es/ecma262/#sec-installerrorcause>.
fn write_causes(log: &mut Writer, mut causes: List<'_>) {
    let key = semconv::THROUGHLINE_EXCEPTION_CAUSES;
    attribute::list(log, ATTRIBUTES, key, |log| {
        while !causes.is_empty() {
            attribute::map(log, |log| {
                for key in exception::CAUSES_ITEMS {
                    attributes::text(log, values::VALUES, key, causes.text());
                }
            });
        }
    });
}
