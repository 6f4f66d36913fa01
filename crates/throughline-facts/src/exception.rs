//! How does something thrown become a log record?

use crate::attributes::{self, Form};
use crate::batch::{Batch, ERROR, WARN};
use crate::page::Page;
use crate::record::{Fields, append, records};
use alloc::string::String;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// Exceptions of this batch: their facts, as they came. A loop throws the same thing many
/// times: it is told once, with how often it came.
#[derive(Debug)]
pub(crate) struct Exceptions(String);

impl Exceptions {
    /// None.
    pub(crate) const fn new() -> Self {
        Self(String::new())
    }

    /// Takes up an exception.
    pub(crate) fn add(&mut self, page: &Page, fields: Fields<'_>, batch: &mut Batch) {
        if self.0.len() > WAITING_LIMIT {
            self.finish(page, batch);
        }
        append(&mut self.0, fields.rest());
    }

    /// Appends the exceptions as log records.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for (index, one) in records(&self.0).enumerate() {
            let same = |other: &Fields<'_>| thrown(*other) == thrown(one);
            if !records(&self.0).take(index).any(|other| same(&other)) {
                let count = records(&self.0).filter(same).count();
                log_record(page, one, count as i64, batch);
            }
        }
        self.0.clear();
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// All but the time and the span: equal texts are the same exception.
fn thrown(fields: Fields<'_>) -> &str {
    fields.skip(4).rest()
}

fn log_record(page: &Page, mut fields: Fields<'_>, count: i64, batch: &mut Batch) {
    let mut thrown = Fields::of(thrown(fields));
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

/// Bytes. How much of the same is looked for: each exception is compared with all.
const WAITING_LIMIT: usize = 32 * 1024;
