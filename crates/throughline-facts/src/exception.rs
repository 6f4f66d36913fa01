//! How does something thrown become a log record?

use crate::attributes::{self, Form};
use crate::batch::{Batch, ERROR, WARN};
use crate::page::Page;
use crate::record::{Fields, append, records};
use alloc::string::String;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::{Open, Writer};
use throughline_semconv as semconv;
use throughline_symbolicate::stack::{Frame, StackSource, UNKNOWN_FUNCTION};

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
    let fields = &mut thrown;
    let said = fields.text();
    let (file, line, column) = (fields.text(), fields.number(), fields.number());
    let (kind, message, stack) = (fields.text(), fields.text(), fields.text());
    let message = if message.is_empty() { said } else { message };
    for (key, value) in [
        (semconv::EXCEPTION_TYPE, kind),
        (semconv::EXCEPTION_MESSAGE, message),
        (semconv::EXCEPTION_STACKTRACE, stack),
    ] {
        text(log, key, value);
    }
    let source = StackSource {
        message,
        stack,
        ..StackSource::default()
    };
    let mut list = Writer::new();
    source.each_frame(&mut |frame| add_frame(log, &mut list, &frame));
    // A syntax error has no stack, but the event says where it is.
    if list.as_bytes().is_empty() && !file.is_empty() {
        let place = Frame {
            function: UNKNOWN_FUNCTION,
            filename: file.into(),
            lineno: Some(line as u32),
            colno: Some(column as u32),
        };
        add_frame(log, &mut list, &place);
    }
    if !list.as_bytes().is_empty() {
        let open = open_list(log, semconv::THROUGHLINE_EXCEPTION_FRAMES);
        log.raw(list.as_bytes());
        close_list(log, open);
    }
    if !fields.rest().is_empty() {
        write_causes(log, fields);
    }
    batch.logs.close(open);
}

/// Puts a frame at the head of the list: the innermost comes first and is to stand last.
/// It is told once more under the names that every backend knows.
fn add_frame(log: &mut Writer, list: &mut Writer, frame: &Frame<'_>) {
    if list.as_bytes().is_empty() {
        text(log, semconv::CODE_FUNCTION_NAME, frame.function);
        text(log, semconv::CODE_FILE_PATH, &frame.filename);
        numbers(log, ATTRIBUTES, CODE_POSITION, frame);
    }
    let mut longer = Writer::new();
    let map = open_map(&mut longer);
    attribute::string(&mut longer, values::VALUES, "function", frame.function);
    attribute::string(&mut longer, values::VALUES, "filename", &frame.filename);
    numbers(&mut longer, values::VALUES, ["lineno", "colno"], frame);
    close_map(&mut longer, map);
    longer.raw(list.as_bytes());
    *list = longer;
}

/// The chain of `cause`: <https://tc39.es/ecma262/#sec-installerrorcause>.
fn write_causes(log: &mut Writer, fields: &mut Fields<'_>) {
    let list = open_list(log, semconv::THROUGHLINE_EXCEPTION_CAUSES);
    while !fields.rest().is_empty() {
        let map = open_map(log);
        attributes::write(log, values::VALUES, fields, &CAUSE);
        close_map(log, map);
    }
    close_list(log, list);
}

fn numbers(writer: &mut Writer, list: u32, [line, column]: [&str; 2], frame: &Frame<'_>) {
    for (key, number) in [(line, frame.lineno), (column, frame.colno)] {
        if let Some(number) = number {
            attribute::int(writer, list, key, number.into());
        }
    }
}

fn text(log: &mut Writer, key: &str, value: &str) {
    if !value.is_empty() {
        attribute::string(log, ATTRIBUTES, key, value);
    }
}

/// Opens an attribute that is a list, from the outside in.
fn open_list(log: &mut Writer, key: &str) -> [Open; 3] {
    let entry = log.open(ATTRIBUTES);
    log.string(key_value::KEY, key);
    [
        entry,
        log.open(key_value::VALUE),
        log.open(any_value::ARRAY),
    ]
}

/// Opens an item of the list that is a map.
fn open_map(log: &mut Writer) -> [Open; 2] {
    [log.open(values::VALUES), log.open(any_value::KVLIST)]
}

fn close_list(log: &mut Writer, [entry, value, array]: [Open; 3]) {
    log.close(array);
    log.close(value);
    log.close(entry);
}

fn close_map(log: &mut Writer, [value, map]: [Open; 2]) {
    log.close(map);
    log.close(value);
}

const CODE_POSITION: [&str; 2] = [semconv::CODE_LINE_NUMBER, semconv::CODE_COLUMN_NUMBER];

const CAUSE: [(Form, &str); 3] = [
    (Form::Text, "type"),
    (Form::Text, "message"),
    (Form::Text, "stacktrace"),
];

/// Bytes. How much of the same is looked for: each exception is compared with all.
const WAITING_LIMIT: usize = 32 * 1024;
