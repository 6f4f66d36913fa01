//! Adds the fingerprint of an exception: what exceptions of one fault have in common.

use super::exception::is_exception;
use super::in_app::InApp;
use super::language::is_foreign;
use throughline_otlp::Signal;
use throughline_otlp::attribute::{self, AttributeValue, attributes, values};
use throughline_otlp::field::log_record::ATTRIBUTES;
use throughline_otlp::field::values::VALUES;
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage};
use throughline_semconv as semconv;
use throughline_symbolicate::fingerprint::{GroupFrame, fingerprint, is_script};
use throughline_symbolicate::stack::{self, MAX_FRAMES, UNKNOWN_FUNCTION};

/// The stage that adds `throughline.exception.fingerprint` to log records which are exceptions of
/// JavaScript, once they have their frames. That of a sender stays.
#[derive(Debug)]
pub(super) struct Fingerprints<'s> {
    in_app: &'s InApp,
    /// Whether the current group is of another language, whose stacks are not read here.
    is_foreign: bool,
}

impl<'s> Fingerprints<'s> {
    pub(super) const fn new(in_app: &'s InApp) -> Self {
        Self {
            in_app,
            is_foreign: false,
        }
    }
}

impl Stage for Fingerprints<'_> {
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
        if self.is_foreign || !is_exception(record.bytes()) {
            return Keep::Yes;
        }
        let exception = Exception::read(record.bytes());
        let (true, None) = (exception.tells_anything(), exception.sent) else {
            return Keep::Yes;
        };
        let fingerprint = exception.fingerprint(self.in_app);
        record.append(|writer| {
            let key = semconv::THROUGHLINE_EXCEPTION_FINGERPRINT;
            attribute::string(writer, ATTRIBUTES, key, &fingerprint);
        });
        Keep::Yes
    }
}

/// The fingerprint of a record, whose frames may be looked up, if it is the one that this stage has
/// added.
pub(super) fn own_fingerprint(record: &[u8], in_app: &InApp) -> Option<String> {
    let exception = Exception::read(record);
    let sent = exception.sent?;
    let own = exception.fingerprint(in_app);
    (sent == own).then_some(own)
}

/// The fingerprint that a record would get.
pub(super) fn fingerprint_of(record: &[u8], in_app: &InApp) -> String {
    Exception::read(record).fingerprint(in_app)
}

/// The attributes of an exception that tell one fault from another.
#[derive(Debug, Default)]
struct Exception<'a> {
    kind: &'a str,
    message: &'a str,
    /// The address of the page; empty where none is known.
    page: &'a str,
    /// The encoded list of frames, the innermost last.
    frames: &'a [u8],
    /// The fingerprint that the record has.
    sent: Option<&'a str>,
}

impl<'a> Exception<'a> {
    fn read(record: &'a [u8]) -> Self {
        let mut exception = Self::default();
        for attribute in attributes(record, ATTRIBUTES) {
            let value = attribute.value();
            let text = value.as_str();
            match (attribute.key, value) {
                (semconv::EXCEPTION_TYPE, _) => exception.kind = text.unwrap_or_default(),
                (semconv::EXCEPTION_MESSAGE, _) => exception.message = text.unwrap_or_default(),
                (semconv::BROWSER_DOCUMENT_URL_FULL, _) => {
                    exception.page = text.unwrap_or_default();
                }
                (semconv::THROUGHLINE_EXCEPTION_FRAMES, AttributeValue::List(list)) => {
                    exception.frames = list;
                }
                (semconv::THROUGHLINE_EXCEPTION_FINGERPRINT, _) => {
                    exception.sent = Some(text.unwrap_or_default());
                }
                _ => {}
            }
        }
        exception
    }

    /// Whether there is anything that tells it from others.
    fn tells_anything(&self) -> bool {
        !(self.kind.is_empty() && self.message.is_empty() && self.frames.is_empty())
    }

    /// The fingerprint as text, sixteen hexadecimal digits: no backend rounds it as a number.
    fn fingerprint(&self, in_app: &InApp) -> String {
        let frames = values(self.frames).filter_map(|frame| match frame {
            AttributeValue::Map(map) => Some(Frame::read(map)),
            _ => None,
        });
        let frames: Vec<Frame<'_>> = frames.collect();
        let innermost = frames.iter().rev().take(MAX_FRAMES);
        let innermost = innermost.map(|frame| frame.as_group_frame(in_app, self.page));
        format!("{:016x}", fingerprint(self.kind, self.message, innermost))
    }
}

/// A frame of `throughline.exception.frames`.
#[derive(Debug)]
struct Frame<'a> {
    function: &'a str,
    file: &'a str,
    in_app: Option<bool>,
    /// Whether it has its place in a source.
    is_resolved: bool,
}

impl<'a> Frame<'a> {
    fn read(map: &'a [u8]) -> Self {
        let mut frame = Self {
            function: UNKNOWN_FUNCTION,
            file: "",
            in_app: None,
            is_resolved: false,
        };
        for entry in attributes(map, VALUES) {
            let value = entry.value();
            match (entry.key, value) {
                ("function", _) => frame.function = value.as_str().unwrap_or(UNKNOWN_FUNCTION),
                ("filename", _) => frame.file = value.as_str().unwrap_or_default(),
                ("in_app", AttributeValue::Bool(in_app)) => frame.in_app = Some(in_app),
                ("raw_filename", _) => frame.is_resolved = true,
                _ => {}
            }
        }
        frame
    }

    fn as_group_frame(&self, in_app: &InApp, page: &str) -> GroupFrame<'a> {
        let is_own = || {
            let frame = stack::Frame {
                function: self.function,
                filename: self.file.into(),
                lineno: None,
                colno: None,
            };
            in_app.is_own(&frame, page)
        };
        GroupFrame {
            function: self.function,
            file: self.file,
            in_app: self.in_app.unwrap_or_else(is_own),
            is_source: self.is_resolved || !is_script(self.file),
        }
    }
}
