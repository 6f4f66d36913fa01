//! Decodes a span.

use super::{Attributes, Exception, SpanId, TraceId, detail, each_field, id_from_bytes, id_json};
use serde_json::{Value as Json, json};
use std::borrow::Cow;
use throughline_otlp::field::{span, span_event, span_kind, span_link, status, status_code};
use throughline_otlp::protobuf::{DecodeError, Value, fields};

/// A span's own fields, borrowed from its bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Span<'a> {
    bytes: &'a [u8],
    /// `None` when it is not 16 bytes or all zero.
    pub(crate) trace_id: Option<TraceId>,
    /// `None` when it is not 8 bytes or all zero.
    pub(crate) span_id: Option<SpanId>,
    pub(crate) parent_span_id: Option<SpanId>,
    pub(crate) name: Cow<'a, str>,
    pub(crate) start_unix_nano: u64,
    pub(crate) end_unix_nano: u64,
    kind: u64,
    flags: u64,
    trace_state: Cow<'a, str>,
    status: &'a [u8],
    events: Vec<&'a [u8]>,
    links: Vec<&'a [u8]>,
    dropped: [u64; 3],
}

impl<'a> Span<'a> {
    /// Reads a span.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut read = Self {
            bytes,
            ..Self::default()
        };
        each_field(bytes, |number, value| match (number, value) {
            (span::TRACE_ID, Value::Bytes(id)) => read.trace_id = id_from_bytes(id),
            (span::SPAN_ID, Value::Bytes(id)) => read.span_id = id_from_bytes(id),
            (span::PARENT_SPAN_ID, Value::Bytes(id)) => {
                read.parent_span_id = id_from_bytes(id);
            }
            (span::NAME, Value::Bytes(name)) => read.name = String::from_utf8_lossy(name),
            (span::START_TIME_UNIX_NANO, Value::Fixed64(at)) => read.start_unix_nano = at,
            (span::END_TIME_UNIX_NANO, Value::Fixed64(at)) => read.end_unix_nano = at,
            (span::KIND, Value::Varint(kind)) => read.kind = kind,
            (span::FLAGS, Value::Fixed32(flags)) => read.flags = flags.into(),
            (span::TRACE_STATE, Value::Bytes(state)) => {
                read.trace_state = String::from_utf8_lossy(state);
            }
            (span::STATUS, Value::Bytes(status)) => read.status = status,
            (span::EVENTS, Value::Bytes(event)) => read.events.push(event),
            (span::LINKS, Value::Bytes(link)) => read.links.push(link),
            (span::DROPPED_ATTRIBUTES_COUNT, Value::Varint(count)) => read.dropped[0] = count,
            (span::DROPPED_EVENTS_COUNT, Value::Varint(count)) => read.dropped[1] = count,
            (span::DROPPED_LINKS_COUNT, Value::Varint(count)) => read.dropped[2] = count,
            _ => {}
        })?;
        Ok(read)
    }

    /// Whether the status is Error.
    pub(crate) fn is_error(&self) -> bool {
        self.status().0 == status_code::ERROR
    }

    /// Whether the status is Error, or an exception was recorded that was not handled.
    pub(crate) fn is_failed(&self) -> bool {
        self.is_error() || self.exceptions().any(|(_, exception)| !exception.handled)
    }

    /// The attributes.
    pub(crate) const fn attributes(&self) -> Attributes<'a> {
        Attributes::of(self.bytes, span::ATTRIBUTES)
    }

    /// The attributes of the span, of its events and of its links.
    pub(crate) fn all_attributes(&self) -> impl Iterator<Item = Attributes<'a>> {
        let events = self.events.iter();
        let links = self.links.iter();
        std::iter::once(self.attributes())
            .chain(events.map(|event| Attributes::of(event, span_event::ATTRIBUTES)))
            .chain(links.map(|link| Attributes::of(link, span_link::ATTRIBUTES)))
    }

    /// `internal`, `server`, `client`, `producer`, `consumer` or `unspecified`.
    pub(crate) const fn kind(&self) -> &'static str {
        match self.kind {
            span_kind::INTERNAL => "internal",
            span_kind::SERVER => "server",
            span_kind::CLIENT => "client",
            span_kind::PRODUCER => "producer",
            span_kind::CONSUMER => "consumer",
            _ => "unspecified",
        }
    }

    /// The linked spans. Links without valid ids are left out.
    pub(crate) fn linked_spans(&self) -> impl Iterator<Item = (TraceId, SpanId)> {
        self.links.iter().filter_map(|link| {
            let (trace_id, span_id, _) = link_identity(link);
            Some((trace_id?, span_id?))
        })
    }

    /// The exceptions recorded as span events: the form older SDKs use.
    ///
    /// <https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/>
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = (u64, Exception)> {
        self.events.iter().filter_map(|event| {
            let (time, name) = event_identity(event);
            let attributes = Attributes::of(event, span_event::ATTRIBUTES);
            let exception = (name == throughline_semconv::EXCEPTION)
                .then(|| Exception::read(attributes))
                .flatten()?;
            Some((time, exception))
        })
    }

    /// The span event that records an exception of this type and message.
    pub(crate) fn exception_json(&self, kind: &str, message: &str) -> Option<Json> {
        self.events
            .iter()
            .find(|event| {
                Exception::read(Attributes::of(event, span_event::ATTRIBUTES))
                    .is_some_and(|found| found.kind == kind && found.message == message)
            })
            .map(|event| event_json(event))
    }

    /// The span as the API's JSON, except what only the store has: `copy`, `failed`,
    /// `odd_times`, `service`, `resource` and `scope`.
    pub(crate) fn json(&self) -> Json {
        let (code, message) = self.status();
        json!({
            "trace_id": id_json(self.trace_id),
            "span_id": id_json(self.span_id),
            "parent_span_id": id_json(self.parent_span_id),
            "name": self.name,
            "kind": self.kind(),
            "start_unix_nano": self.start_unix_nano.to_string(),
            "end_unix_nano": self.end_unix_nano.to_string(),
            "status": {"code": status_name(code), "message": message},
            "detail": detail(self),
            "attributes": self.attributes().json(),
            "events": self.events.iter().map(|event| event_json(event)).collect::<Vec<_>>(),
            "links": self.links.iter().map(|link| link_json(link)).collect::<Vec<_>>(),
            "flags": self.flags,
            "trace_state": self.trace_state,
            "dropped": {
                "attributes": self.dropped[0],
                "events": self.dropped[1],
                "links": self.dropped[2],
            },
        })
    }

    fn status(&self) -> (u64, Cow<'a, str>) {
        let mut code = 0;
        let mut message = Cow::Borrowed("");
        for field in fields(self.status).map_while(Result::ok) {
            match (field.number, field.value) {
                (status::CODE, Value::Varint(value)) => code = value,
                (status::MESSAGE, Value::Bytes(text)) => message = String::from_utf8_lossy(text),
                _ => {}
            }
        }
        (code, message)
    }
}

fn status_name(code: u64) -> &'static str {
    match code {
        status_code::OK => "ok",
        status_code::ERROR => "error",
        _ => "unset",
    }
}

fn event_json(event: &[u8]) -> Json {
    let (time, name) = event_identity(event);
    let attributes = Attributes::of(event, span_event::ATTRIBUTES);
    json!({
        "name": name,
        "time_unix_nano": time.to_string(),
        "attributes": attributes.json(),
        "exception": Exception::json(attributes),
    })
}

fn event_identity(event: &[u8]) -> (u64, Cow<'_, str>) {
    let mut time = 0;
    let mut name = Cow::Borrowed("");
    for field in fields(event).map_while(Result::ok) {
        match (field.number, field.value) {
            (span_event::TIME_UNIX_NANO, Value::Fixed64(at)) => time = at,
            (span_event::NAME, Value::Bytes(text)) => name = String::from_utf8_lossy(text),
            _ => {}
        }
    }
    (time, name)
}

fn link_json(link: &[u8]) -> Json {
    let (trace_id, span_id, trace_state) = link_identity(link);
    json!({
        "trace_id": id_json(trace_id),
        "span_id": id_json(span_id),
        "trace_state": trace_state,
        "attributes": Attributes::of(link, span_link::ATTRIBUTES).json(),
    })
}

fn link_identity(link: &[u8]) -> (Option<TraceId>, Option<SpanId>, Cow<'_, str>) {
    let mut identity = (None, None, Cow::Borrowed(""));
    for field in fields(link).map_while(Result::ok) {
        match (field.number, field.value) {
            (span_link::TRACE_ID, Value::Bytes(id)) => identity.0 = id_from_bytes(id),
            (span_link::SPAN_ID, Value::Bytes(id)) => identity.1 = id_from_bytes(id),
            (span_link::TRACE_STATE, Value::Bytes(state)) => {
                identity.2 = String::from_utf8_lossy(state);
            }
            _ => {}
        }
    }
    identity
}
