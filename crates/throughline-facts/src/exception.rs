//! How does something thrown become a log record?

use crate::attributes::{self, Form};
use crate::batch::{Batch, ERROR, WARN};
use crate::page::Page;
use crate::record::{Fields, hash};
use crate::waiting::{Waiting, is_full};
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// Exceptions of this batch. A loop throws the same thing many times: it is told once, with
/// how often it came.
#[derive(Debug)]
pub(crate) struct Exceptions(Vec<Waiting>);

impl Exceptions {
    /// None.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes up an exception.
    pub(crate) fn add(&mut self, page: &Page, fields: Fields<'_>, batch: &mut Batch) {
        // All but the time and the span: where these are equal it is the same exception.
        let identity = hash(fields.skip(4).rest());
        for seen in &mut self.0 {
            let [known, count, ..] = &mut seen.notes;
            if *known == identity {
                *count += 1;
                return;
            }
        }
        if is_full(&self.0) {
            self.finish(page, batch);
        }
        self.0.push(Waiting::new(fields, [identity, 1, 0, 0]));
    }

    /// Appends the exceptions as log records.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for seen in &self.0 {
            log_record(page, seen.fields(), seen.notes[1].cast_signed(), batch);
        }
        self.0.clear();
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn log_record(page: &Page, mut fields: Fields<'_>, count: i64, batch: &mut Batch) {
    let mut thrown = fields.skip(4);
    let at = fields.number();
    let mechanism = thrown.text();
    // What the page reports itself, it has handled.
    let handled = mechanism == "captureException";
    let severity = if handled { WARN } else { ERROR };
    let open = batch.open_event(page, at, severity, semconv::EXCEPTION, &mut fields);
    let log = &mut batch.logs;
    attribute::string(
        log,
        ATTRIBUTES,
        semconv::THROUGHLINE_EXCEPTION_MECHANISM,
        mechanism,
    );
    attribute::bool(
        log,
        ATTRIBUTES,
        semconv::THROUGHLINE_EXCEPTION_HANDLED,
        handled,
    );
    if count > 1 {
        attribute::int(log, ATTRIBUTES, semconv::THROUGHLINE_EXCEPTION_COUNT, count);
    }
    // What the event says, then what was thrown. Of a script of another origin only the
    // event says something, and it is little: "Script error.".
    let said = thrown.text();
    attributes::write(log, ATTRIBUTES, &mut thrown, &PLACE);
    attributes::write(log, ATTRIBUTES, &mut thrown, &TYPE);
    let message = thrown.text();
    let message = if message.is_empty() { said } else { message };
    attribute::string(log, ATTRIBUTES, semconv::EXCEPTION_MESSAGE, message);
    attributes::write(log, ATTRIBUTES, &mut thrown, &STACK);
    if !thrown.rest().is_empty() {
        write_causes(log, &mut thrown);
    }
    batch.logs.close(open);
}

/// The chain of `cause`: <https://tc39.es/ecma262/#sec-installerrorcause>.
fn write_causes(log: &mut Writer, fields: &mut Fields<'_>) {
    list(log, semconv::THROUGHLINE_EXCEPTION_CAUSES, |log| {
        while !fields.rest().is_empty() {
            map(log, |log| {
                attributes::write(log, values::VALUES, fields, &CAUSE)
            });
        }
    });
}

/// Appends an attribute that is a list.
pub(crate) fn list(log: &mut Writer, key: &str, write: impl FnOnce(&mut Writer)) {
    let entry = log.open(ATTRIBUTES);
    log.string(key_value::KEY, key);
    let value = log.open(key_value::VALUE);
    let array = log.open(any_value::ARRAY);
    write(log);
    log.close(array);
    log.close(value);
    log.close(entry);
}

/// Appends an item of a list that is a map.
pub(crate) fn map(log: &mut Writer, write: impl FnOnce(&mut Writer)) {
    let value = log.open(values::VALUES);
    let map = log.open(any_value::KVLIST);
    write(log);
    log.close(map);
    log.close(value);
}

/// Where the event was.
const PLACE: [(Form, &str); 3] = [
    (Form::Text, semconv::CODE_FILE_PATH),
    (Form::Integer, semconv::CODE_LINE_NUMBER),
    (Form::Integer, semconv::CODE_COLUMN_NUMBER),
];

const TYPE: [(Form, &str); 1] = [(Form::Text, semconv::EXCEPTION_TYPE)];
const STACK: [(Form, &str); 1] = [(Form::Text, semconv::EXCEPTION_STACKTRACE)];

const CAUSE: [(Form, &str); 3] = [
    (Form::Text, "type"),
    (Form::Text, "message"),
    (Form::Text, "stacktrace"),
];
