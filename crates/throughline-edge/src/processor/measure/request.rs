//! Reads the span of a request: a server span, or a client span of a page.

use super::exemplar;
use crate::state::aggregate::Measurement;
use throughline_otlp::attribute::{AttributeValue, Pair};
use throughline_otlp::field::{span, span_kind, status, status_code};
use throughline_otlp::protobuf::{Value, each_field, fields};
use throughline_semconv as semconv;
use throughline_semconv::http::{OTHER_METHOD, known_method};
use throughline_trace_context::Tracestate;

/// What is measured of one request.
#[derive(Debug)]
pub(super) struct Request<'a> {
    pub(super) labels: Labels<'a>,
    pub(super) measurement: Measurement,
}

/// What the series of a request is known by, beside its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labels<'a> {
    pub(super) method: &'static str,
    pub(super) side: &'static str,
    pub(super) status_class: &'static str,
    pub(super) is_error: bool,
    pub(super) route: Option<&'a str>,
}

/// The fields of a span that are measured.
#[derive(Debug, Default)]
struct Span<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    tracestate: &'a [u8],
    kind: u64,
    start: u64,
    end: u64,
    is_error: bool,
}

impl<'a> Request<'a> {
    /// Reads a span; `None` when it is no request, or another one is measured for it.
    pub(super) fn read(message: &'a [u8], is_of_page: bool) -> Option<Self> {
        let span = Span::read(message);
        let side = match span.kind {
            span_kind::SERVER => "server",
            span_kind::CLIENT if is_of_page => "page",
            _ => return None,
        };
        // A clock that was set back tells nothing of a duration.
        let duration = span.end.checked_sub(span.start)?;
        let (mut method, mut route, mut template, mut code) = (None, None, None, None);
        each_field(message, |field| {
            if let (span::ATTRIBUTES, Value::Bytes(bytes)) = (field.number, field.value) {
                let pair = Pair::read(bytes);
                let value = || AttributeValue::read(pair.value);
                match pair.key {
                    METHOD => method = value().as_str(),
                    ROUTE => route = value().as_str(),
                    TEMPLATE => template = value().as_str(),
                    STATUS_CODE => code = value().as_int(),
                    _ => {}
                }
            }
        });
        let value = duration as f64 / 1e9;
        Some(Self {
            labels: Labels {
                // Spans of other protocols are no HTTP requests.
                method: known_method(method?).unwrap_or(OTHER_METHOD),
                side,
                status_class: status_class(code),
                is_error: span.is_error || code.is_some_and(|code| code >= 500),
                route: route.or(template),
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
    fn read(message: &'a [u8]) -> Self {
        let mut span = Self::default();
        each_field(message, |field| match (field.number, field.value) {
            (span::TRACE_ID, Value::Bytes(id)) => span.trace_id = id,
            (span::SPAN_ID, Value::Bytes(id)) => span.span_id = id,
            (span::TRACE_STATE, Value::Bytes(state)) => span.tracestate = state,
            (span::KIND, Value::Varint(kind)) => span.kind = kind,
            (span::START_TIME_UNIX_NANO, Value::Fixed64(time)) => span.start = time,
            (span::END_TIME_UNIX_NANO, Value::Fixed64(time)) => span.end = time,
            (span::STATUS, Value::Bytes(status)) => span.is_error = is_error(status),
            _ => {}
        });
        span
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
