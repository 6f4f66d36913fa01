//! How does something thrown become a log record?

use crate::attributes::{self, Form};
use crate::batch::{Batch, ERROR, WARN};
use crate::page::Page;
use crate::record::{Fields, append, records};
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;

/// Exceptions of this batch. A loop throws the same thing many times: it is told once, with
/// how often it came.
#[derive(Debug)]
pub(crate) struct Exceptions {
    /// Each as it came first.
    facts: String,
    /// Of each of them what it is known again by, and how often it came.
    seen: Vec<(u64, u32)>,
}

impl Exceptions {
    /// None.
    pub(crate) const fn new() -> Self {
        Self {
            facts: String::new(),
            seen: Vec::new(),
        }
    }

    /// Takes up an exception.
    pub(crate) fn add(&mut self, page: &Page, fields: Fields<'_>, batch: &mut Batch) {
        // All but the time and the span: where these are equal it is the same exception.
        let identity = hash(fields.skip(4).rest());
        for (known, count) in &mut self.seen {
            if *known == identity {
                *count += 1;
                return;
            }
        }
        if self.facts.len() > WAITING_LIMIT {
            self.finish(page, batch);
        }
        append(&mut self.facts, fields.rest());
        self.seen.push((identity, 1));
    }

    /// Appends the exceptions as log records.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for (fields, &(_, count)) in records(&self.facts).zip(&self.seen) {
            log_record(page, fields, count.into(), batch);
        }
        self.facts.clear();
        self.seen.clear();
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }
}

/// FNV-1a but for where it begins: <https://datatracker.ietf.org/doc/html/rfc9923>
fn hash(text: &str) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME);
    text.bytes().fold(PRIME, mix)
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

/// Bytes. What waits becomes log records in one go, which is not to take long.
const WAITING_LIMIT: usize = 16 * 1024;
