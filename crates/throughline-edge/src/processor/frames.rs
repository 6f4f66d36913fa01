//! Adds the frames that the stack of an exception names.
//!
//! Senders ship a stack as the browser printed it: parsing it would cost every page a fifth
//! of the engine's bytes, and the edge, where the source maps are, reads it anyway.

use super::exception::is_exception;
use super::in_app::InApp;
use super::language::is_foreign;
use super::symbolicate::{Files, names_scripts};
use throughline_otlp::Signal;
use throughline_otlp::attribute::{self, AttributeValue, attributes};
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::values;
use throughline_otlp::protobuf::Writer;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage};
use throughline_semconv as semconv;
use throughline_sourcemap::DebugId;
use throughline_symbolicate::stack::{Frame, StackSource, UNKNOWN_FUNCTION};

/// The stage that adds frames to log records which are exceptions of JavaScript.
///
/// An exception that has a stack, or at least a place in the source, and has no frames gets
/// them as `throughline.exception.frames`, innermost last, each with `in_app`. The innermost also becomes those
/// attributes of `code.*` that the sender has left out.
#[derive(Debug)]
pub(super) struct Frames<'s> {
    in_app: &'s InApp,
    /// Whether the current group is of another language, whose stacks are not read here.
    is_foreign: bool,
    /// Whether an exception of the pass names scripts with debug ids.
    names_scripts: bool,
}

impl<'s> Frames<'s> {
    pub(super) const fn new(in_app: &'s InApp) -> Self {
        Self {
            in_app,
            is_foreign: false,
            names_scripts: false,
        }
    }

    /// Whether an exception of the pass names scripts with debug ids, so that its frames can be
    /// looked up.
    pub(super) const fn names_scripts(&self) -> bool {
        self.names_scripts
    }
}

impl Stage for Frames<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Logs => Interest::RESOURCE.and(Interest::RECORD),
            Signal::Traces | Signal::Metrics => Interest::NONE,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.is_foreign = is_foreign(resource);
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        if self.is_foreign {
            return Keep::Yes;
        }
        let mut frames = Writer::new();
        if let Some(exception) = Exception::read(record.bytes()) {
            self.names_scripts |= exception.names_scripts;
            if !exception.has_frames {
                exception.write(&mut frames, self.in_app);
            }
        }
        if !frames.as_bytes().is_empty() {
            record.append(|writer| writer.raw(frames.as_bytes()));
        }
        Keep::Yes
    }
}

/// The attributes of an exception.
#[derive(Debug, Default)]
struct Exception<'a> {
    message: &'a str,
    stack: &'a str,
    /// The address of the page; empty where none is known.
    page: &'a str,
    function: &'a str,
    file: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    files: Files<'a>,
    names_scripts: bool,
    has_frames: bool,
}

impl<'a> Exception<'a> {
    /// Reads a log record; `None` when it is no exception.
    fn read(record: &'a [u8]) -> Option<Self> {
        if !is_exception(record) {
            return None;
        }
        let mut exception = Self::default();
        for attribute in attributes(record, ATTRIBUTES) {
            let value = attribute.value();
            exception.names_scripts |= names_scripts(attribute.key, value);
            match attribute.key {
                semconv::EXCEPTION_MESSAGE => exception.message = text(value),
                semconv::EXCEPTION_STACKTRACE => exception.stack = text(value),
                semconv::BROWSER_DOCUMENT_URL_FULL => exception.page = text(value),
                semconv::CODE_FUNCTION_NAME => exception.function = text(value),
                semconv::CODE_FILE_PATH => exception.file = text(value),
                semconv::CODE_LINE_NUMBER => exception.line = number(value),
                semconv::CODE_COLUMN_NUMBER => exception.column = number(value),
                semconv::THROUGHLINE_EXCEPTION_FRAMES => exception.has_frames = true,
                semconv::THROUGHLINE_EXCEPTION_IMAGES => exception.files = Files::read(value),
                _ => {}
            }
        }
        Some(exception)
    }

    /// Appends the frames, if there are any, and the place of the innermost.
    fn write(&self, record: &mut Writer, in_app: &InApp) {
        let frames = self.frames();
        let Some(top) = frames.last() else {
            return;
        };
        let key = semconv::THROUGHLINE_EXCEPTION_FRAMES;
        attribute::list(record, ATTRIBUTES, key, |list| {
            for frame in &frames {
                let is_own = in_app.is_own(frame, self.page);
                let id = self.files.debug_id(&frame.filename);
                attribute::map(list, |map| write_frame(map, frame, id, is_own));
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

fn write_frame(map: &mut Writer, frame: &Frame<'_>, id: Option<DebugId>, is_own: bool) {
    attribute::string(map, values::VALUES, "function", frame.function);
    attribute::string(map, values::VALUES, "filename", &frame.filename);
    for (key, number) in [("lineno", frame.lineno), ("colno", frame.colno)] {
        if let Some(number) = number {
            attribute::int(map, values::VALUES, key, number.into());
        }
    }
    if let Some(place) = frame.wasm() {
        if !place.module.is_empty() {
            attribute::string(map, values::VALUES, "package", place.module);
        }
        attribute::int(map, values::VALUES, "function_id", place.function.into());
        if let Some(offset) = place.offset {
            let address = format!("{offset:#x}");
            attribute::string(map, values::VALUES, "instruction_addr", &address);
        }
    }
    if let Some(id) = id {
        attribute::string(map, values::VALUES, "debug_id", &id.to_string());
    }
    attribute::bool(map, values::VALUES, "in_app", is_own);
}

fn text(value: AttributeValue<'_>) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: AttributeValue<'_>) -> Option<u32> {
    value.as_int()?.try_into().ok()
}
