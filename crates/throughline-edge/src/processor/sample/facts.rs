//! The facts of a record, or of all spans of a trace, by which sampling rules decide.

use core::fmt::Write as _;
use core::ops::Range;
use throughline_otlp::attribute::{Attribute, AttributeValue, attributes};
use throughline_otlp::field::{log_record, resource, span, span_event, status, status_code};
use throughline_otlp::protobuf::{Value, each_field, fields};
use throughline_semconv as semconv;
use throughline_trace_context::TraceId;

/// The facts that the rules of a configuration look at; the others are not read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whether a record is an error.
    pub(crate) errors: bool,
    /// Attributes, and [`SPAN_NAME`].
    names: Vec<Box<str>>,
}

/// Facts of one record, or of several that are decided together.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) is_error: bool,
    /// The time of the earliest start and of the latest end, ns since the Unix epoch.
    times: Option<(u64, u64)>,
    /// Values of the wanted attributes, in [`Facts::text`].
    values: Vec<(usize, Range<usize>)>,
    text: String,
}

/// The place of some facts, to which [`Facts::return_to`] returns.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Mark {
    values: usize,
    text: usize,
}

/// The trace of a record, and the place of the record in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    /// `None` when it is not 16 bytes, or all are zero.
    pub(crate) trace_id: Option<TraceId>,
    /// Empty when there is none.
    pub(crate) tracestate: &'a str,
    /// How many times the field is in the message.
    pub(crate) tracestates: usize,
    /// Whether it names no parent.
    pub(crate) is_root: bool,
}

impl Wanted {
    /// Whether a record is an error, and nothing else.
    pub(crate) const fn errors_alone() -> Self {
        Self {
            errors: true,
            names: Vec::new(),
        }
    }

    /// The number under which the values of an attribute are found.
    pub(crate) fn name(&mut self, name: &str) -> usize {
        match self.names.iter().position(|known| **known == *name) {
            Some(index) => index,
            None => {
                self.names.push(name.into());
                self.names.len() - 1
            }
        }
    }

    /// Whether attributes of the resource may be among what is wanted.
    pub(crate) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|wanted| **wanted == *name)
    }
}

impl Facts {
    /// The facts that are known now.
    pub(crate) const fn mark(&self) -> Mark {
        Mark {
            values: self.values.len(),
            text: self.text.len(),
        }
    }

    /// Forgets the records, and the values that were added since `mark`.
    pub(crate) fn return_to(&mut self, mark: Mark) {
        self.is_error = false;
        self.times = None;
        self.values.truncate(mark.values);
        self.text.truncate(mark.text);
    }

    /// Adds the attributes of a resource.
    pub(crate) fn add_resource(&mut self, message: &[u8], wanted: &Wanted) {
        if wanted.has_names() {
            for attribute in attributes(message, resource::ATTRIBUTES) {
                self.add_attribute(&attribute, wanted);
            }
        }
    }

    /// Adds a span.
    pub(crate) fn add_span<'a>(&mut self, message: &'a [u8], wanted: &Wanted) -> Identity<'a> {
        let mut identity = Identity {
            is_root: true,
            ..Identity::default()
        };
        let (mut start, mut end) = (0, 0);
        each_field(message, |field| match (field.number, field.value) {
            (span::TRACE_ID, Value::Bytes(id)) => identity.trace_id = trace_id(id),
            (span::TRACE_STATE, Value::Bytes(text)) => {
                identity.tracestate = str::from_utf8(text).unwrap_or_default();
                identity.tracestates += 1;
            }
            (span::PARENT_SPAN_ID, Value::Bytes(id)) => identity.is_root = id.is_empty(),
            (span::START_TIME_UNIX_NANO, Value::Fixed64(time)) => start = time,
            (span::END_TIME_UNIX_NANO, Value::Fixed64(time)) => end = time,
            (span::NAME, Value::Bytes(name)) if wanted.has_names() => {
                if let Some(index) = wanted.index(SPAN_NAME) {
                    self.add_text(index, str::from_utf8(name).unwrap_or_default());
                }
            }
            (span::ATTRIBUTES, Value::Bytes(bytes)) if wanted.has_names() => {
                self.add_attribute(&Attribute::read(bytes), wanted);
            }
            (span::STATUS, Value::Bytes(status)) if wanted.errors => {
                self.is_error |= is_error_status(status);
            }
            (span::EVENTS, Value::Bytes(event)) if wanted.errors => {
                self.is_error |= is_exception_event(event);
            }
            _ => {}
        });
        let (first, last) = self.times.unwrap_or((start, end));
        self.times = Some((first.min(start), last.max(end)));
        identity
    }

    /// Adds a log record.
    pub(crate) fn add_log_record(&mut self, message: &[u8], wanted: &Wanted) -> Identity<'static> {
        let mut identity = Identity::default();
        for field in fields(message).map_while(Result::ok) {
            match (field.number, field.value) {
                (log_record::TRACE_ID, Value::Bytes(id)) => identity.trace_id = trace_id(id),
                (log_record::SEVERITY_NUMBER, Value::Varint(number)) => {
                    self.is_error |= number >= SEVERITY_ERROR;
                }
                (log_record::EVENT_NAME, Value::Bytes(name)) => {
                    self.is_error |= name == semconv::EXCEPTION.as_bytes();
                }
                (log_record::ATTRIBUTES, Value::Bytes(bytes)) => {
                    let attribute = Attribute::read(bytes);
                    self.is_error |= attribute.key == semconv::EXCEPTION_TYPE;
                    self.add_attribute(&attribute, wanted);
                }
                _ => {}
            }
        }
        identity
    }

    /// The time from the earliest start to the latest end, in ns.
    pub(crate) fn duration_nano(&self) -> u64 {
        self.times
            .map_or(0, |(start, end)| end.saturating_sub(start))
    }

    /// The values of the wanted attribute with this number.
    pub(crate) fn values(&self, index: usize) -> impl Iterator<Item = &str> {
        let of = self.values.iter().filter(move |(name, _)| *name == index);
        of.map(|(_, range)| &self.text[range.clone()])
    }

    fn add_attribute(&mut self, attribute: &Attribute<'_>, wanted: &Wanted) {
        let index = wanted.index(attribute.key);
        let Some(index) = index.filter(|_| self.values.len() < MAX_VALUES) else {
            return;
        };
        let start = self.text.len();
        // Writing to a text cannot fail.
        let _ = match attribute.value() {
            AttributeValue::String(text) => return self.add_text(index, text),
            AttributeValue::Int(number) => write!(self.text, "{number}"),
            AttributeValue::Bool(value) => write!(self.text, "{value}"),
            AttributeValue::Double(number) => write!(self.text, "{number}"),
            _ => return,
        };
        self.values.push((index, start..self.text.len()));
    }

    fn add_text(&mut self, index: usize, text: &str) {
        if self.values.len() < MAX_VALUES {
            let start = self.text.len();
            self.text
                .push_str(&text[..text.floor_char_boundary(MAX_BYTES)]);
            self.values.push((index, start..self.text.len()));
        }
    }
}

fn trace_id(bytes: &[u8]) -> Option<TraceId> {
    TraceId::from_bytes(bytes.try_into().ok()?)
}

fn is_error_status(message: &[u8]) -> bool {
    let codes = fields(message).map_while(Result::ok);
    codes
        .filter(|field| field.number == status::CODE)
        .last()
        .is_some_and(|code| code.value == Value::Varint(status_code::ERROR))
}

fn is_exception_event(message: &[u8]) -> bool {
    let mut names = fields(message).map_while(Result::ok);
    names.any(|field| {
        field.number == span_event::NAME
            && field.value == Value::Bytes(semconv::EXCEPTION.as_bytes())
    })
}

/// The name of the span, beside the names of attributes.
pub(crate) const SPAN_NAME: &str = "span.name";
/// The lowest severity number that is an error:
/// <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
const SEVERITY_ERROR: u64 = 17;
/// Values that are kept of the spans of one trace.
const MAX_VALUES: usize = 1000;
/// Bytes of a value that are compared.
const MAX_BYTES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use throughline_otlp::attribute;
    use throughline_otlp::protobuf::Writer;

    #[test]
    fn spans_that_are_decided_together_have_the_facts_of_all() {
        let mut wanted = Wanted::errors_alone();
        let (route, name) = (wanted.name("http.route"), wanted.name(SPAN_NAME));
        let span = |start, end, is_error| {
            let mut writer = Writer::new();
            writer.bytes(span::TRACE_ID, &[1; 16]);
            writer.bytes(span::PARENT_SPAN_ID, &[2; 8]);
            writer.string(span::NAME, "GET");
            writer.fixed64(span::START_TIME_UNIX_NANO, start);
            writer.fixed64(span::END_TIME_UNIX_NANO, end);
            attribute::string(&mut writer, span::ATTRIBUTES, "http.route", "/a");
            attribute::int(&mut writer, span::ATTRIBUTES, "http.route", 7);
            if is_error {
                let status = writer.open(span::STATUS);
                writer.varint(status::CODE, status_code::ERROR);
                writer.close(status);
            }
            writer.into_bytes()
        };
        let mut facts = Facts::default();
        let identity = facts.add_span(&span(20, 30, false), &wanted).trace_id;
        assert_eq!(identity, TraceId::from_bytes([1; 16]));
        assert_eq!((facts.is_error, facts.duration_nano()), (false, 10));
        facts.add_span(&span(25, 40, true), &wanted);
        assert_eq!((facts.is_error, facts.duration_nano()), (true, 20));
        assert_eq!(
            facts.values(route).collect::<Vec<_>>(),
            ["/a", "7", "/a", "7"]
        );
        assert_eq!(facts.values(name).count(), 2);
        facts.return_to(Mark::default());
        assert_eq!((facts.is_error, facts.values(route).count()), (false, 0));
    }

    #[test]
    fn an_exception_is_an_error_without_a_status() {
        let wanted = Wanted::errors_alone();
        let mut writer = Writer::new();
        let event = writer.open(span::EVENTS);
        writer.string(span_event::NAME, "exception");
        writer.close(event);
        let mut facts = Facts::default();
        assert!(facts.add_span(writer.as_bytes(), &wanted).is_root);
        assert!(facts.is_error);
        let mut writer = Writer::new();
        attribute::string(
            &mut writer,
            log_record::ATTRIBUTES,
            "exception.type",
            "TypeError",
        );
        let mut facts = Facts::default();
        facts.add_log_record(writer.as_bytes(), &wanted);
        assert!(facts.is_error);
    }
}
