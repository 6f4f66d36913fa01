//! Adds the frames that the stack of an exception names.
//!
//! Senders ship a stack as the browser printed it: parsing it would cost every page a fifth
//! of the engine's bytes, and the edge, where the source maps are, reads it anyway.

use throughline_otlp::Signal;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::{ATTRIBUTES, EVENT_NAME};
use throughline_otlp::field::{any_value, key_value, resource, values};
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage};
use throughline_semconv as semconv;
use throughline_symbolicate::stack::{Frame, StackSource, UNKNOWN_FUNCTION};

/// The stage that adds frames to log records which are exceptions of JavaScript.
///
/// An exception that has a stack, or at least a place in the source, and has no frames gets
/// them as `throughline.exception.frames`, innermost last. The innermost also becomes those
/// attributes of `code.*` that the sender has left out.
#[derive(Debug, Default)]
pub(super) struct Frames {
    /// Whether the current group is of another language, whose stacks are not read here.
    is_foreign: bool,
}

impl Stage for Frames {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Logs => Interest::RESOURCE.and(Interest::RECORD),
            Signal::Traces | Signal::Metrics => Interest::NONE,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.is_foreign =
            language(resource).is_some_and(|language| !matches!(&*language, "webjs" | "nodejs"));
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        if !self.is_foreign {
            let mut frames = Writer::new();
            // What is inspected can be read.
            if let Ok(Some(exception)) = Exception::read(record.bytes()) {
                exception.write(&mut frames);
            }
            if !frames.as_bytes().is_empty() {
                record.append(|writer| writer.raw(frames.as_bytes()));
            }
        }
        Keep::Yes
    }
}

/// The value of `telemetry.sdk.language`.
fn language(resource: &Message<'_>) -> Option<String> {
    let mut pairs = (resource.fields())
        .filter(|field| field.number == resource::ATTRIBUTES)
        .filter_map(|field| read_attribute(field.value.as_bytes()?).ok());
    let (_, language, _) = pairs.find(|(key, ..)| *key == semconv::TELEMETRY_SDK_LANGUAGE)?;
    Some(language.to_owned())
}

/// The attributes of an exception.
#[derive(Debug, Default)]
struct Exception<'a> {
    message: &'a str,
    stack: &'a str,
    function: &'a str,
    file: &'a str,
    line: Option<u32>,
    column: Option<u32>,
}

impl<'a> Exception<'a> {
    /// Reads a log record; `None` when it is no exception or has frames already.
    fn read(record: &'a [u8]) -> Result<Option<Self>, DecodeError> {
        let mut exception = Self::default();
        let mut is_exception = false;
        for field in fields(record) {
            let field = field?;
            match (field.number, field.value) {
                (EVENT_NAME, Value::Bytes(name)) => {
                    is_exception = name == semconv::EXCEPTION.as_bytes();
                }
                (ATTRIBUTES, Value::Bytes(pair)) => {
                    let (key, text, number) = read_attribute(pair)?;
                    match key {
                        semconv::EXCEPTION_MESSAGE => exception.message = text,
                        semconv::EXCEPTION_STACKTRACE => exception.stack = text,
                        semconv::CODE_FUNCTION_NAME => exception.function = text,
                        semconv::CODE_FILE_PATH => exception.file = text,
                        semconv::CODE_LINE_NUMBER => exception.line = number,
                        semconv::CODE_COLUMN_NUMBER => exception.column = number,
                        semconv::THROUGHLINE_EXCEPTION_FRAMES => return Ok(None),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(is_exception.then_some(exception))
    }

    /// Appends the frames, if there are any, and the place of the innermost.
    fn write(&self, record: &mut Writer) {
        let frames = self.frames();
        let Some(top) = frames.last() else {
            return;
        };
        list(record, semconv::THROUGHLINE_EXCEPTION_FRAMES, |record| {
            for frame in &frames {
                map(record, |record| write_frame(record, frame));
            }
        });
        let names = [
            (self.function, semconv::CODE_FUNCTION_NAME, top.function),
            (self.file, semconv::CODE_FILE_PATH, &*top.filename),
        ];
        for (sent, key, value) in names {
            if sent.is_empty() && value != UNKNOWN_FUNCTION {
                attribute::string(record, ATTRIBUTES, key, value);
            }
        }
        let numbers = [
            (self.line, semconv::CODE_LINE_NUMBER, top.lineno),
            (self.column, semconv::CODE_COLUMN_NUMBER, top.colno),
        ];
        for (sent, key, value) in numbers {
            if let (None, Some(value)) = (sent, value) {
                attribute::int(record, ATTRIBUTES, key, value.into());
            }
        }
    }

    fn frames(&self) -> Vec<Frame<'a>> {
        let source = StackSource {
            message: self.message,
            stack: self.stack,
            ..StackSource::default()
        };
        let mut frames = source.frames();
        // A syntax error has no frame, but the event has its place.
        if frames.is_empty() && !self.file.is_empty() {
            frames.push(Frame {
                function: UNKNOWN_FUNCTION,
                filename: self.file.into(),
                lineno: self.line,
                colno: self.column,
            });
        }
        frames
    }
}

fn write_frame(record: &mut Writer, frame: &Frame<'_>) {
    attribute::string(record, values::VALUES, "function", frame.function);
    attribute::string(record, values::VALUES, "filename", &frame.filename);
    for (key, number) in [("lineno", frame.lineno), ("colno", frame.colno)] {
        if let Some(number) = number {
            attribute::int(record, values::VALUES, key, number.into());
        }
    }
}

/// Key, text and number of an attribute: `""` and `None` where it is something else.
fn read_attribute(pair: &[u8]) -> Result<(&str, &str, Option<u32>), DecodeError> {
    let (mut key, mut text, mut number) = ("", "", None);
    for field in fields(pair) {
        let field = field?;
        match (field.number, field.value) {
            (key_value::KEY, Value::Bytes(bytes)) => key = utf8(bytes),
            (key_value::VALUE, Value::Bytes(any)) => {
                for field in fields(any) {
                    let field = field?;
                    match (field.number, field.value) {
                        (any_value::STRING, Value::Bytes(bytes)) => text = utf8(bytes),
                        (any_value::INT, Value::Varint(value)) => number = value.try_into().ok(),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok((key, text, number))
}

fn utf8(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}

/// Appends an attribute that is a list.
fn list(log: &mut Writer, key: &str, write: impl FnOnce(&mut Writer)) {
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
fn map(log: &mut Writer, write: impl FnOnce(&mut Writer)) {
    let value = log.open(values::VALUES);
    let map = log.open(any_value::KVLIST);
    write(log);
    log.close(map);
    log.close(value);
}
