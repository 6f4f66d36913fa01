//! The parts of an exception that have frames: its stack, its causes, and React's components.

use super::files::{File, Files};
use super::frame::RawFrame;
use crate::processor::exception::is_exception;
use throughline_otlp::attribute::{AttributeValue, attributes, values};
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::values::VALUES;
use throughline_semconv as semconv;

/// An exception that names scripts with debug ids.
#[derive(Debug, Default)]
pub(super) struct Exception<'a> {
    pub(super) files: Files<'a>,
    /// The encoded list of frames, the innermost last.
    frames: &'a [u8],
    /// The encoded list of causes.
    causes: &'a [u8],
    components: &'a str,
    pub(super) stack: &'a str,
    /// The place of the innermost frame by `code.*`, where the record has it.
    code: (&'a str, Option<i64>),
}

impl<'a> Exception<'a> {
    /// Reads a log record; `None` when it is no such exception, or was read before.
    pub(super) fn read(record: &'a [u8]) -> Option<Self> {
        if !is_exception(record) {
            return None;
        }
        let mut exception = Self::default();
        for attribute in attributes(record, ATTRIBUTES) {
            match (attribute.key, attribute.value()) {
                (semconv::THROUGHLINE_EXCEPTION_IMAGES, images) => {
                    exception.files = Files::read(images);
                }
                (semconv::THROUGHLINE_EXCEPTION_FRAMES, AttributeValue::List(list)) => {
                    exception.frames = list;
                }
                (semconv::THROUGHLINE_EXCEPTION_CAUSES, AttributeValue::List(list)) => {
                    exception.causes = list;
                }
                (semconv::THROUGHLINE_EXCEPTION_COMPONENT_STACK, AttributeValue::String(text)) => {
                    exception.components = text;
                }
                (semconv::EXCEPTION_STACKTRACE, AttributeValue::String(text)) => {
                    exception.stack = text;
                }
                (semconv::CODE_FILE_PATH, AttributeValue::String(path)) => exception.code.0 = path,
                (semconv::CODE_LINE_NUMBER, AttributeValue::Int(line)) => {
                    exception.code.1 = Some(line);
                }
                (semconv::THROUGHLINE_EXCEPTION_RAW_STACKTRACE, _) => return None,
                _ => {}
            }
        }
        // The text of a stack has the same files.
        for frame in each_frame(exception.frames) {
            if let (Some(id), false) = (frame.debug_id, frame.filename.is_empty()) {
                exception.files.add(frame.filename, File::Mapped(id));
            }
        }
        (!exception.files.are_none()).then_some(exception)
    }

    /// The frames, the innermost last.
    pub(super) fn frames(&self) -> impl Iterator<Item = RawFrame<'a>> + use<'a> {
        each_frame(self.frames)
    }

    /// Those frames that are of files with a debug id.
    pub(super) fn named<'f>(
        &self,
        frames: impl Iterator<Item = RawFrame<'f>>,
    ) -> impl Iterator<Item = RawFrame<'f>> {
        frames.filter(|frame| frame.file(&self.files).is_some())
    }

    /// The texts that have frames of their own.
    pub(super) fn texts(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let stacks = values(self.causes).take(MAX_CAUSES).filter_map(|cause| {
            let AttributeValue::Map(cause) = cause else {
                return None;
            };
            let stack = attributes(cause, VALUES).find(|entry| entry.key == "stacktrace")?;
            stack.value().as_str()
        });
        stacks.chain([self.components])
    }

    /// Whether `code.*` has the place of this frame.
    pub(super) fn code_is_at(&self, frame: &RawFrame<'_>) -> bool {
        self.code == (frame.filename, frame.lineno.map(i64::from))
    }
}

/// The frames of an encoded list.
pub(super) fn each_frame(list: &[u8]) -> impl Iterator<Item = RawFrame<'_>> {
    values(list).filter_map(|frame| match frame {
        AttributeValue::Map(map) => Some(RawFrame::read(map)),
        _ => None,
    })
}

/// Causes of an exception whose stacks are read.
pub(super) const MAX_CAUSES: usize = 16;
