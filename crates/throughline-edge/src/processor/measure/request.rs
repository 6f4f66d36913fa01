//! Reads the span of a request: a server span, or a client span of a page.

use super::exemplar;
use crate::state::aggregate::Measurement;
use throughline_otlp::attribute::{AttributeValue, Pair};
use throughline_otlp::field::{span, span_kind, status, status_code};
use throughline_otlp::protobuf::{Value, each_field, fields};
use throughline_semconv as semconv;
use throughline_semconv::http::{OTHER_METHOD, known_method};
use throughline_trace_context::Tracestate;

/// One request that is measured.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) labels: Labels<'a>,
    pub(super) measurement: Measurement,
}

/// The labels that tell the series of a request from others of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labels<'a> {
    pub(super) method: &'static str,
    pub(super) side: &'static str,
    pub(super) status_class: &'static str,
    pub(super) is_error: bool,
    pub(super) route: Option<&'a str>,
}

/// The fields and attributes of a span that are measured.
#[derive(Debug, Default)]
struct Span<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    tracestate: &'a [u8],
    side: Side,
    start: u64,
    end: u64,
    is_error: bool,
    method: Option<&'a str>,
    route: Option<&'a str>,
    template: Option<&'a str>,
    code: Option<i64>,
}

/// Where the span of a request was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Side {
    /// The kind of the span is not read yet.
    #[default]
    Unread,
    /// A side that is measured, under this name.
    Measured(&'static str),
    /// A span of no request, or one for which another is measured.
    Other,
}

impl<'a> Request<'a> {
    /// Reads a span; `None` when it is no request, or another one is measured for it.
    pub(super) fn read(message: &'a [u8], is_of_page: bool) -> Option<Self> {
        let span = Span::read(message, is_of_page);
        let Side::Measured(side) = span.side else {
            return None;
        };
        // A clock that was set back gives no duration.
        let duration = span.end.checked_sub(span.start)?;
        let value = duration as f64 / 1e9;
        Some(Self {
            labels: Labels {
                // Spans of other protocols are no HTTP requests.
                method: known_method(span.method?).unwrap_or(OTHER_METHOD),
                side,
                status_class: status_class(span.code),
                is_error: span.is_error || span.code.is_some_and(|code| code >= 500),
                route: span.route.or(span.template),
            },
            measurement: Measurement {
                value,
                weight: adjusted_count(span.tracestate),
                exemplar: exemplar(value, span.end, span.trace_id, span.span_id),
            },
        })
    }
}

impl<'a> Span<'a> {
    fn read(message: &'a [u8], is_of_page: bool) -> Self {
        let mut span = Self::default();
        each_field(message, |field| match (field.number, field.value) {
            (span::TRACE_ID, Value::Bytes(id)) => span.trace_id = id,
            (span::SPAN_ID, Value::Bytes(id)) => span.span_id = id,
            (span::TRACE_STATE, Value::Bytes(state)) => span.tracestate = state,
            (span::KIND, Value::Varint(kind)) => span.side = Side::of(kind, is_of_page),
            (span::START_TIME_UNIX_NANO, Value::Fixed64(time)) => span.start = time,
            (span::END_TIME_UNIX_NANO, Value::Fixed64(time)) => span.end = time,
            (span::STATUS, Value::Bytes(status)) => span.is_error = is_error(status),
            // Most senders write the kind first, and most spans are not measured.
            (span::ATTRIBUTES, Value::Bytes(pair)) if span.side != Side::Other => {
                span.add_attribute(Pair::read(pair));
            }
            _ => {}
        });
        span
    }

    fn add_attribute(&mut self, pair: Pair<'a>) {
        let value = || AttributeValue::read(pair.value);
        match pair.key {
            METHOD => self.method = value().as_str(),
            ROUTE => self.route = value().as_str(),
            TEMPLATE => self.template = value().as_str(),
            STATUS_CODE => self.code = value().as_int(),
            _ => {}
        }
    }
}

impl Side {
    const fn of(kind: u64, is_of_page: bool) -> Self {
        match kind {
            span_kind::SERVER => Self::Measured("server"),
            span_kind::CLIENT if is_of_page => Self::Measured("page"),
            _ => Self::Other,
        }
    }
}

fn is_error(encoded: &[u8]) -> bool {
    let codes = fields(encoded).map_while(Result::ok);
    codes
        .filter(|field| field.number == status::CODE)
        .any(|field| field.value == Value::Varint(status_code::ERROR))
}

/// How many requests a span stands for: one, unless its tracestate has a threshold.
fn adjusted_count(tracestate: &[u8]) -> f64 {
    if tracestate.is_empty() {
        return 1.0;
    }
    let text = core::str::from_utf8(tracestate).unwrap_or_default();
    let parsed = Tracestate::parse([text]).ok();
    let threshold = parsed.and_then(|state| state.ot().threshold());
    threshold.map_or(1.0, |threshold| threshold.adjusted_count())
}

const fn status_class(code: Option<i64>) -> &'static str {
    match code {
        Some(100..=199) => "1xx",
        Some(200..=299) => "2xx",
        Some(300..=399) => "3xx",
        Some(400..=499) => "4xx",
        Some(500..=599) => "5xx",
        _ => "none",
    }
}

const METHOD: &[u8] = semconv::HTTP_REQUEST_METHOD.as_bytes();
const ROUTE: &[u8] = semconv::HTTP_ROUTE.as_bytes();
const TEMPLATE: &[u8] = semconv::URL_TEMPLATE.as_bytes();
const STATUS_CODE: &[u8] = semconv::HTTP_RESPONSE_STATUS_CODE.as_bytes();
