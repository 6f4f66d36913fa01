//! How does something thrown become a log record?

use crate::batch::{Batch, ERROR, SpanContext, WARN, begin_event};
use crate::context::Context;
use crate::record::Fields;
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::{any_value, key_value, values};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_symbolicate::stack::{Frame, StackSource, UNKNOWN_FUNCTION};

/// Exceptions of this batch. A loop throws the same thing many times: it is told once,
/// with how often it came.
#[derive(Debug, Default)]
pub(crate) struct Exceptions {
    seen: Vec<Exception>,
}

#[derive(Debug)]
struct Exception {
    /// All fields that say what was thrown: equal texts are the same exception.
    identity: String,
    /// The log record, except the count.
    record: Writer,
    count: i64,
}

impl Exceptions {
    /// Takes up an exception.
    pub(crate) fn add(
        &mut self,
        context: &Context,
        fields: &mut Fields<'_>,
        batch: &mut Batch,
    ) -> Option<()> {
        let at = fields.number()?;
        let within = SpanContext::read(fields);
        let identity = fields.rest();
        if let Some(same) = self.seen.iter_mut().find(|one| one.identity == identity) {
            same.count += 1;
            return Some(());
        }
        if self.seen.len() == SEEN_LIMIT {
            self.finish(batch);
        }
        self.seen.push(Exception {
            identity: identity.into(),
            record: record(context, at, within, fields),
            count: 1,
        });
        Some(())
    }

    /// Appends the exceptions as log records.
    pub(crate) fn finish(&mut self, batch: &mut Batch) {
        for mut exception in core::mem::take(&mut self.seen) {
            if exception.count > 1 {
                let count = exception.count;
                let name = semconv::THROUGHLINE_EXCEPTION_COUNT;
                attribute::int(&mut exception.record, ATTRIBUTES, name, count);
            }
            batch.push_log(exception.record.as_bytes());
        }
    }

    /// How many wait.
    pub(crate) const fn len(&self) -> usize {
        self.seen.len()
    }

    /// How many bytes they have.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = self.seen.iter().map(|one| one.record.as_bytes().len());
        bytes.sum()
    }
}

fn record(
    context: &Context,
    at: u64,
    within: Option<SpanContext>,
    fields: &mut Fields<'_>,
) -> Writer {
    let mechanism = fields.text();
    let said = fields.text();
    let place = Frame {
        function: UNKNOWN_FUNCTION,
        filename: fields.text().into(),
        lineno: line(fields),
        colno: line(fields),
    };
    let (kind, message, stack) = (fields.text(), fields.text(), fields.text());
    let message = if message.is_empty() { said } else { message };

    let handled = mechanism == HANDLED;
    let severity = if handled { WARN } else { ERROR };
    let mut log = begin_event(context, at, severity, semconv::EXCEPTION, within);
    text(&mut log, semconv::EXCEPTION_TYPE, kind);
    text(&mut log, semconv::EXCEPTION_MESSAGE, message);
    text(&mut log, semconv::EXCEPTION_STACKTRACE, stack);
    text(
        &mut log,
        semconv::THROUGHLINE_EXCEPTION_MECHANISM,
        mechanism,
    );
    attribute::bool(
        &mut log,
        ATTRIBUTES,
        semconv::THROUGHLINE_EXCEPTION_HANDLED,
        handled,
    );
    text(&mut log, semconv::BROWSER_DOCUMENT_URL_FULL, &context.url);

    let source = StackSource {
        message,
        stack,
        ..StackSource::default()
    };
    let mut frames = source.frames();
    // A syntax error has no stack, but the event says where it is.
    if frames.is_empty() && !place.filename.is_empty() {
        frames.push(place);
    }
    if let Some(top) = frames.last() {
        write_frames(&mut log, &frames);
        write_top(&mut log, top);
    }
    write_causes(&mut log, fields);
    log
}

/// The structured frames, innermost last.
fn write_frames(log: &mut Writer, frames: &[Frame<'_>]) {
    list(
        log,
        semconv::THROUGHLINE_EXCEPTION_FRAMES,
        frames,
        |map, frame| {
            attribute::string(map, values::VALUES, "function", frame.function);
            attribute::string(map, values::VALUES, "filename", &frame.filename);
            if let Some(line) = frame.lineno {
                attribute::int(map, values::VALUES, "lineno", line.into());
            }
            if let Some(column) = frame.colno {
                attribute::int(map, values::VALUES, "colno", column.into());
            }
        },
    );
}

/// The innermost frame once more, under the names that every backend knows.
fn write_top(log: &mut Writer, top: &Frame<'_>) {
    if top.function != UNKNOWN_FUNCTION {
        text(log, semconv::CODE_FUNCTION_NAME, top.function);
    }
    text(log, semconv::CODE_FILE_PATH, &top.filename);
    if let Some(line) = top.lineno {
        attribute::int(log, ATTRIBUTES, semconv::CODE_LINE_NUMBER, line.into());
    }
    if let Some(column) = top.colno {
        attribute::int(log, ATTRIBUTES, semconv::CODE_COLUMN_NUMBER, column.into());
    }
}

/// The chain of `cause`: https://tc39.es/ecma262/#sec-installerrorcause.
fn write_causes(log: &mut Writer, fields: &mut Fields<'_>) {
    let mut causes = Vec::new();
    while !fields.is_empty() {
        causes.push([fields.text(), fields.text(), fields.text()]);
    }
    if !causes.is_empty() {
        list(
            log,
            semconv::THROUGHLINE_EXCEPTION_CAUSES,
            &causes,
            |map, cause| {
                for (key, value) in ["type", "message", "stacktrace"].into_iter().zip(cause) {
                    attribute::string(map, values::VALUES, key, value);
                }
            },
        );
    }
}

/// Appends an attribute that is a list of maps.
fn list<T>(log: &mut Writer, key: &str, items: &[T], mut write: impl FnMut(&mut Writer, &T)) {
    let open = log.open(ATTRIBUTES);
    log.string(key_value::KEY, key);
    let any = log.open(key_value::VALUE);
    let array = log.open(any_value::ARRAY);
    for item in items {
        let value = log.open(values::VALUES);
        let map = log.open(any_value::KVLIST);
        write(log, item);
        log.close(map);
        log.close(value);
    }
    log.close(array);
    log.close(any);
    log.close(open);
}

fn line(fields: &mut Fields<'_>) -> Option<u32> {
    u32::try_from(fields.number()?)
        .ok()
        .filter(|&line| line > 0)
}

fn text(log: &mut Writer, key: &str, value: &str) {
    if !value.is_empty() {
        attribute::string(log, ATTRIBUTES, key, value);
    }
}

/// How many different exceptions are told apart: each is looked up among all.
const SEEN_LIMIT: usize = 64;
/// What the page reports itself, it has handled.
const HANDLED: &str = "captureException";
