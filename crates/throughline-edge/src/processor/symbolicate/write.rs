//! Writes the places that were found into the exceptions of a batch.

use super::collect::MAX_POSITIONS;
use super::exception::{Exception, MAX_CAUSES, each_frame};
use super::frame::RawFrame;
use super::places::{Places, Symbolication, Unresolved, function, source, with_callers};
use super::text;
use crate::SortedMap;
use crate::processor::fingerprint::{fingerprint_of, own_fingerprint};
use crate::processor::in_app::InApp;
use bytes::Bytes;
use std::borrow::Cow;
use throughline_otlp::Signal;
use throughline_otlp::attribute::{self, Attribute, AttributeValue};
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::values::VALUES;
use throughline_otlp::protobuf::{Field, Writer, fields};
use throughline_otlp::rewrite::{
    Edit, Envelope, Interest, Keep, Message, Stage, edit_fields, rewrite_inspected,
};
use throughline_semconv as semconv;
use throughline_sourcemap::Frame;
use throughline_symbolicate::stack::{self, MAX_FRAMES, UNKNOWN_FUNCTION};

/// Frames by how they ended.
pub(crate) type Counts = SortedMap<Symbolication, u64>;

/// The request with the places of its frames, and how the frames ended. No record is added or
/// dropped.
pub(crate) fn apply(request: &Bytes, places: &Places, in_app: &InApp) -> (Bytes, Counts) {
    let mut stage = Apply {
        places,
        in_app,
        counts: Counts::default(),
        frames_left: MAX_POSITIONS,
        lines_left: MAX_POSITIONS,
    };
    let rewritten = rewrite_inspected(Signal::Logs, request, &mut [&mut stage]);
    let request = match rewritten.map(|rewritten| rewritten.request) {
        Ok(Cow::Owned(rewritten)) => rewritten.into(),
        // An inspected request can be read.
        Ok(Cow::Borrowed(_)) | Err(_) => request.clone(),
    };
    (request, stage.counts)
}

struct Apply<'p> {
    places: &'p Places,
    in_app: &'p InApp,
    counts: Counts,
    /// Frames of the request that may still be written: one with its context is a hundred times as
    /// long as what a sender, whose key is public, has sent.
    frames_left: usize,
    /// Lines of stacks that may still be written.
    lines_left: usize,
}

impl Stage for Apply<'_> {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Logs => Interest::RECORD,
            Signal::Traces | Signal::Metrics => Interest::NONE,
        }
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        let Some(own) = own_fingerprint(record.bytes(), self.in_app) else {
            self.write(record);
            return Keep::Yes;
        };
        self.write(record);
        // Names and files of sources are the same in each build.
        let fingerprint = fingerprint_of(record.bytes(), self.in_app);
        if fingerprint != own {
            record.edit(|field, writer| {
                let key = semconv::THROUGHLINE_EXCEPTION_FINGERPRINT;
                let attribute = field.value.as_bytes().map(Attribute::read);
                let is_it = attribute.is_some_and(|attribute| attribute.key == key);
                if field.number != ATTRIBUTES || !is_it {
                    return Edit::Keep;
                }
                attribute::string(writer, ATTRIBUTES, key, &fingerprint);
                Edit::Replace
            });
        }
        Keep::Yes
    }
}

impl Apply<'_> {
    fn write(&mut self, record: &mut Message<'_>) {
        record.rewrite(|bytes, writer| match Exception::read(bytes) {
            Some(exception) => self.write_exception(&exception, bytes, writer),
            None => false,
        });
    }

    /// Writes the record, and returns whether anything changes.
    fn write_exception(
        &mut self,
        exception: &Exception<'_>,
        record: &[u8],
        writer: &mut Writer,
    ) -> bool {
        let (files, places) = (&exception.files, self.places);
        let top = top(exception, places).filter(|_| self.frames_left > 0);
        let stack = text::readable(exception.stack, files, places, &mut self.lines_left);
        edit_fields(record, writer, |field, writer| {
            let (ATTRIBUTES, Some(bytes)) = (field.number, field.value.as_bytes()) else {
                return Edit::Keep;
            };
            let attribute = Attribute::read(bytes);
            match (attribute.key, attribute.value()) {
                (semconv::THROUGHLINE_EXCEPTION_FRAMES, AttributeValue::List(list)) => {
                    self.write_frames(exception, list, writer);
                    Edit::Replace
                }
                (semconv::EXCEPTION_STACKTRACE, AttributeValue::String(raw)) => match &stack {
                    // Of two attributes of this name the last one was read.
                    Some(stack) if raw == exception.stack => {
                        attribute::string(writer, ATTRIBUTES, attribute.key, stack);
                        let raw_key = semconv::THROUGHLINE_EXCEPTION_RAW_STACKTRACE;
                        attribute::string(writer, ATTRIBUTES, raw_key, raw);
                        Edit::Replace
                    }
                    _ => Edit::Keep,
                },
                (semconv::THROUGHLINE_EXCEPTION_COMPONENT_STACK, AttributeValue::String(raw)) => {
                    match text::readable(raw, files, places, &mut self.lines_left) {
                        Some(readable) => {
                            attribute::string(writer, ATTRIBUTES, attribute.key, &readable);
                            let raw_key = semconv::THROUGHLINE_EXCEPTION_RAW_COMPONENT_STACK;
                            attribute::string(writer, ATTRIBUTES, raw_key, raw);
                            Edit::Replace
                        }
                        None => Edit::Keep,
                    }
                }
                (semconv::THROUGHLINE_EXCEPTION_CAUSES, AttributeValue::List(list)) => {
                    self.write_causes(exception, list, writer);
                    Edit::Replace
                }
                (key, _) => match top {
                    Some((place, function)) => write_code(key, place, function, writer),
                    None => Edit::Keep,
                },
            }
        })
    }

    fn write_frames(&mut self, exception: &Exception<'_>, list: &[u8], writer: &mut Writer) {
        let key = semconv::THROUGHLINE_EXCEPTION_FRAMES;
        let most = MAX_FRAMES.min(self.frames_left);
        // The innermost are the last, and tell most.
        let too_many = exception.named(each_frame(list)).count();
        let mut too_many = too_many.saturating_sub(most);
        attribute::list(writer, ATTRIBUTES, key, |writer| {
            let mut caller = None;
            for item in fields(list).map_while(Result::ok) {
                let called = caller.take();
                let Some(map) = map_of(item) else {
                    writer.raw(item.raw);
                    continue;
                };
                let raw = RawFrame::read(map);
                let mut place = raw.place(&exception.files, self.places);
                if place.is_some() && too_many > 0 {
                    too_many -= 1;
                    place = Some(Err(Unresolved::TooMany));
                }
                match place {
                    None => writer.raw(item.raw),
                    Some(Ok(place)) => {
                        *self.counts.or_default(Symbolication::Resolved) += 1;
                        caller = Some(place);
                        // Of inlined calls the outermost is first, as in the list; the engine names its function alone.
                        for (depth, place) in with_callers(place).rev().enumerate() {
                            self.frames_left = self.frames_left.saturating_sub(1);
                            let function = if depth == 0 {
                                function(place, raw.function, called)
                            } else {
                                function(place, UNKNOWN_FUNCTION, None)
                            };
                            let is_own = self.is_own(&raw, place, function);
                            attribute::map(writer, |writer| {
                                write_resolved((map, &raw), (place, function), is_own, writer);
                            });
                        }
                    }
                    Some(Err(why)) => {
                        *self.counts.or_default(Symbolication::Unresolved(why)) += 1;
                        attribute::map(writer, |writer| write_unresolved(map, why, writer));
                    }
                }
            }
        });
    }

    fn is_own(&self, raw: &RawFrame<'_>, place: &Frame, function: &str) -> bool {
        let source = stack::Frame {
            function,
            filename: source(place).into(),
            lineno: None,
            colno: None,
        };
        (self.in_app).is_own_source(&source, raw.filename, place.ignored)
    }

    /// Writes the causes, whose stacks are text.
    fn write_causes(&mut self, exception: &Exception<'_>, list: &[u8], writer: &mut Writer) {
        let key = semconv::THROUGHLINE_EXCEPTION_CAUSES;
        attribute::list(writer, ATTRIBUTES, key, |writer| {
            for (at, item) in fields(list).map_while(Result::ok).enumerate() {
                let Some(cause) = map_of(item).filter(|_| at < MAX_CAUSES) else {
                    writer.raw(item.raw);
                    continue;
                };
                attribute::map(writer, |writer| self.write_cause(exception, cause, writer));
            }
        });
    }

    fn write_cause(&mut self, exception: &Exception<'_>, cause: &[u8], writer: &mut Writer) {
        for entry in fields(cause).map_while(Result::ok) {
            let read = entry.value.as_bytes().map(Attribute::read);
            let stack = read.filter(|read| read.key == "stacktrace");
            let raw = stack.and_then(|stack| stack.value().as_str());
            let readable = raw.and_then(|raw| {
                text::readable(raw, &exception.files, self.places, &mut self.lines_left)
            });
            match (raw, readable) {
                (Some(raw), Some(readable)) => {
                    attribute::string(writer, VALUES, "stacktrace", &readable);
                    attribute::string(writer, VALUES, "raw_stacktrace", raw);
                }
                _ => writer.raw(entry.raw),
            }
        }
    }
}

/// The place of the innermost frame and its function, where `code.*` of the record is to have it.
fn top<'a>(exception: &Exception<'a>, places: &'a Places) -> Option<(&'a Frame, &'a str)> {
    let place = |frame: &RawFrame<'_>| frame.place(&exception.files, places)?.ok();
    let mut innermost = [None, None];
    for frame in exception.frames() {
        innermost = [innermost[1], Some(frame)];
    }
    let [caller, top] = innermost;
    let top = top.filter(|top| exception.code_is_at(top))?;
    let found = place(&top)?;
    let caller = caller.as_ref().and_then(place);
    // The function that the engine names is that of the outermost call.
    let raw = match found.callers.is_empty() {
        true => top.function,
        false => UNKNOWN_FUNCTION,
    };
    Some((found, function(found, raw, caller)))
}

/// The map in an item of a list.
fn map_of(item: Field<'_>) -> Option<&[u8]> {
    if item.number != VALUES {
        return None;
    }
    match AttributeValue::read(item.value.as_bytes()?) {
        AttributeValue::Map(map) => Some(map),
        _ => None,
    }
}

/// Writes a frame with its place in a source, and the place in the script beside it. What else the
/// sender says of the frame stays.
fn write_resolved(
    (map, raw): (&[u8], &RawFrame<'_>),
    (place, function): (&Frame, &str),
    is_own: bool,
    to: &mut Writer,
) {
    attribute::string(to, VALUES, "function", function);
    attribute::string(to, VALUES, "filename", source(place));
    attribute::int(to, VALUES, "lineno", place.line.into());
    attribute::int(to, VALUES, "colno", place.column.into());
    attribute::bool(to, VALUES, "in_app", is_own);
    if let Some(context) = &place.context {
        attribute::string(to, VALUES, "context_line", cut(&context.line));
        for (key, lines) in [
            ("pre_context", &context.before),
            ("post_context", &context.after),
        ] {
            let lines = lines.iter().take(CONTEXT_LINES).map(|line| cut(line));
            attribute::strings(to, VALUES, key, lines);
        }
    }
    if let Some(id) = raw.debug_id {
        attribute::string(to, VALUES, "debug_id", &id.to_string());
    }
    attribute::string(to, VALUES, "raw_function", raw.function);
    attribute::string(to, VALUES, "raw_filename", raw.filename);
    for (key, number) in [("raw_lineno", raw.lineno), ("raw_colno", raw.colno)] {
        if let Some(number) = number {
            attribute::int(to, VALUES, key, number.into());
        }
    }
    for entry in fields(map).map_while(Result::ok) {
        let key = entry
            .value
            .as_bytes()
            .map(|entry| Attribute::read(entry).key);
        if key.is_none_or(|key| !WRITTEN.contains(&key)) {
            to.raw(entry.raw);
        }
    }
}

fn write_unresolved(map: &[u8], why: Unresolved, to: &mut Writer) {
    to.raw(map);
    attribute::string(to, VALUES, "symbolication", why.as_str());
}

/// Writes the place of the innermost frame as `code.*`, in place of that in the script.
fn write_code(key: &str, place: &Frame, function: &str, writer: &mut Writer) -> Edit {
    match key {
        semconv::CODE_FILE_PATH => {
            attribute::string(writer, ATTRIBUTES, key, source(place));
            // A script may have no name for the function, and its source one.
            if function != UNKNOWN_FUNCTION {
                let key = semconv::CODE_FUNCTION_NAME;
                attribute::string(writer, ATTRIBUTES, key, function);
            }
            // A place in a module has neither.
            for (key, number) in [
                (semconv::CODE_LINE_NUMBER, place.line),
                (semconv::CODE_COLUMN_NUMBER, place.column),
            ] {
                attribute::int(writer, ATTRIBUTES, key, number.into());
            }
        }
        semconv::CODE_FUNCTION_NAME | semconv::CODE_LINE_NUMBER | semconv::CODE_COLUMN_NUMBER => {
            return Edit::Remove;
        }
        _ => return Edit::Keep,
    }
    Edit::Replace
}

/// A line of a source that is no longer than a person reads. One of a file that was minified before
/// may have a megabyte.
fn cut(line: &str) -> &str {
    let mut end = line.len().min(LONGEST_LINE);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.get(..end).unwrap_or_default()
}

/// The entries of a frame that are written anew. The context of a sender is that of the script.
const WRITTEN: [&str; 12] = [
    "function",
    "filename",
    "lineno",
    "colno",
    "in_app",
    "debug_id",
    "context_line",
    "pre_context",
    "post_context",
    "abs_path",
    "raw_function",
    "raw_filename",
];
/// Lines before and behind the line of a frame.
const CONTEXT_LINES: usize = 5;
/// Bytes of a line of context.
const LONGEST_LINE: usize = 256;
