//! Which frames does the stack of an exception name?
//!
//! The engine ships a stack as the browser printed it: parsing it would cost every page a
//! fifth of the engine's bytes, and the edge, where the source maps are, reads it anyway.

use crate::exception::{list, map};
use alloc::borrow::Cow;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::log_record::{ATTRIBUTES, EVENT_NAME};
use throughline_otlp::field::{
    any_value, export_request, key_value, resource_group, scope_group, values,
};
use throughline_otlp::protobuf::{DecodeError, Value, Writer, fields};
use throughline_semconv as semconv;
use throughline_symbolicate::stack::{Frame, StackSource, UNKNOWN_FUNCTION};

/// An `ExportLogsServiceRequest` whose exceptions have their frames.
///
/// An exception that names a stack, or at least a place in the source, and has no frames
/// gets them as `throughline.exception.frames`, innermost last. The innermost is told once
/// more in those attributes of `code.*` that the sender has left out. All else stays as it
/// is, byte for byte, and so does what is no protobuf.
pub fn with_frames(logs: &[u8]) -> Cow<'_, [u8]> {
    let mut writer = Writer::new();
    match copy(logs, &PATH, &mut writer) {
        Ok(true) => Cow::Owned(writer.into_bytes()),
        Ok(false) | Err(_) => Cow::Borrowed(logs),
    }
}

/// Copies a message whose records lie along `path`; whether any of them has changed.
fn copy(message: &[u8], path: &[u32], writer: &mut Writer) -> Result<bool, DecodeError> {
    let Some((&next, path)) = path.split_first() else {
        writer.raw(message);
        return Ok(Exception::read(message)?.is_some_and(|exception| exception.write(writer)));
    };
    let mut changed = false;
    for field in fields(message) {
        let field = field?;
        match field.value {
            Value::Bytes(bytes) if field.number == next => {
                let open = writer.open(next);
                changed |= copy(bytes, path, writer)?;
                writer.close(open);
            }
            _ => writer.raw(field.raw),
        }
    }
    Ok(changed)
}

/// What a log record says of an exception.
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
    /// Reads a log record; `None` when it is no exception or has its frames.
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

    /// Appends the frames and the innermost; whether there were any.
    fn write(&self, record: &mut Writer) -> bool {
        let frames = self.frames();
        let Some(top) = frames.last() else {
            return false;
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
        for (told, key, value) in names {
            if told.is_empty() && value != UNKNOWN_FUNCTION {
                attribute::string(record, ATTRIBUTES, key, value);
            }
        }
        let numbers = [
            (self.line, semconv::CODE_LINE_NUMBER, top.lineno),
            (self.column, semconv::CODE_COLUMN_NUMBER, top.colno),
        ];
        for (told, key, value) in numbers {
            if let (None, Some(value)) = (told, value) {
                attribute::int(record, ATTRIBUTES, key, value.into());
            }
        }
        true
    }

    fn frames(&self) -> Vec<Frame<'a>> {
        let source = StackSource {
            message: self.message,
            stack: self.stack,
            ..StackSource::default()
        };
        let mut frames = source.frames();
        // A syntax error names no frame, but the event says where it is.
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

/// From the request to its records.
const PATH: [u32; 3] = [
    export_request::RESOURCE,
    resource_group::SCOPE,
    scope_group::RECORD,
];
