//! Measures requests and web vitals, before sampling.
//!
//! Attributes of a metric have few values: routes are templates, never paths, and what a
//! sender may choose freely is left out.

use crate::config::MetricsConfig;
use crate::state::aggregate::{Attributes, Exemplar, Measurement, Metric};
use throughline_otlp::Signal;
use throughline_otlp::attribute::{AttributeValue, attributes};
use throughline_otlp::field::{log_record, resource, span, span_kind, status, status_code};
use throughline_otlp::protobuf::{Value, fields};
use throughline_otlp::rewrite::{Envelope, Interest, Keep, Message, Stage};
use throughline_semconv as semconv;
use throughline_semconv::http::known_method;
use throughline_trace_context::Tracestate;

/// The stage that measures spans and web vitals.
#[derive(Debug)]
pub(super) struct Measure {
    requests: bool,
    web_vitals: bool,
    signal: Signal,
    sender: Sender,
    pub(super) measurements: Vec<Measurement>,
}

/// The sender, as the resource of a group names it.
#[derive(Debug, Default)]
struct Sender {
    service: Box<str>,
    is_page: bool,
    device: Option<&'static str>,
}

impl Measure {
    /// The stage for a batch of this signal.
    pub(super) fn new(config: &MetricsConfig, signal: Signal) -> Self {
        Self {
            requests: config.requests,
            web_vitals: config.web_vitals,
            signal,
            sender: Sender::default(),
            measurements: Vec::new(),
        }
    }
}

impl Stage for Measure {
    fn interest(&self, signal: Signal) -> Interest {
        match signal {
            Signal::Traces if self.requests => Interest::RESOURCE.and(Interest::RECORD),
            Signal::Logs if self.web_vitals => Interest::RESOURCE.and(Interest::RECORD),
            _ => Interest::NONE,
        }
    }

    fn resource(&mut self, resource: &mut Message<'_>) {
        self.sender = Sender::read(resource.bytes());
    }

    fn record(&mut self, record: &mut Message<'_>, _: &Envelope<'_>) -> Keep {
        let measured = match self.signal {
            Signal::Traces => request(record.bytes(), &self.sender),
            _ => web_vital(record.bytes(), &self.sender),
        };
        self.measurements.extend(measured);
        Keep::Yes
    }
}

impl Sender {
    fn read(message: &[u8]) -> Self {
        let mut sender = Self::default();
        for attribute in attributes(message, resource::ATTRIBUTES) {
            match (attribute.key, attribute.value()) {
                (semconv::SERVICE_NAME, AttributeValue::String(name)) => {
                    sender.service = name.into()
                }
                (semconv::TELEMETRY_SDK_LANGUAGE, value) => {
                    sender.is_page = value.as_str() == Some("webjs");
                }
                (semconv::BROWSER_MOBILE, AttributeValue::Bool(is_mobile)) => {
                    sender.device = Some(if is_mobile { "mobile" } else { "desktop" });
                }
                _ => {}
            }
        }
        sender
    }
}

/// The fields of a span that are measured.
#[derive(Debug, Default)]
struct Request<'a> {
    trace_id: &'a [u8],
    span_id: &'a [u8],
    tracestate: &'a str,
    kind: u64,
    start: u64,
    end: u64,
    is_error: bool,
}

/// Measures a server span, or a client span of a page.
fn request(message: &[u8], sender: &Sender) -> Option<Measurement> {
    let mut request = Request::default();
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (span::TRACE_ID, Value::Bytes(id)) => request.trace_id = id,
            (span::SPAN_ID, Value::Bytes(id)) => request.span_id = id,
            (span::TRACE_STATE, Value::Bytes(state)) => {
                request.tracestate = core::str::from_utf8(state).unwrap_or_default();
            }
            (span::KIND, Value::Varint(kind)) => request.kind = kind,
            (span::START_TIME_UNIX_NANO, Value::Fixed64(time)) => request.start = time,
            (span::END_TIME_UNIX_NANO, Value::Fixed64(time)) => request.end = time,
            (span::STATUS, Value::Bytes(status)) => request.is_error = is_error(status),
            _ => {}
        }
    }
    let side = match request.kind {
        span_kind::SERVER => "server",
        span_kind::CLIENT if sender.is_page => "page",
        _ => return None,
    };
    // A clock that was set back gives no duration.
    let duration = request.end.checked_sub(request.start)?;
    let (mut method, mut route, mut code) = (None, None, None);
    for attribute in attributes(message, span::ATTRIBUTES) {
        let value = attribute.value();
        match attribute.key {
            semconv::HTTP_REQUEST_METHOD => method = value.as_str(),
            semconv::HTTP_ROUTE => route = value.as_str(),
            semconv::URL_TEMPLATE if route.is_none() => route = value.as_str(),
            semconv::HTTP_RESPONSE_STATUS_CODE => code = value.as_int(),
            _ => {}
        }
    }
    // Spans of other protocols are no HTTP requests.
    let method = method?;
    let mut labels = vec![
        (
            semconv::HTTP_REQUEST_METHOD,
            known_method(method).unwrap_or("_OTHER").into(),
        ),
        (semconv::THROUGHLINE_REQUEST_SIDE, side.into()),
        (
            semconv::THROUGHLINE_REQUEST_STATUS_CLASS,
            status_class(code).into(),
        ),
    ];
    labels.extend(route.map(|route| (semconv::HTTP_ROUTE, route.into())));
    labels.extend(
        sender
            .device
            .map(|device| (semconv::DEVICE_CLASS, device.into())),
    );
    let is_error = request.is_error || code.is_some_and(|code| code >= 500);
    if is_error {
        labels.push((semconv::ERROR_TYPE, status_class(code).into()));
    }
    let value = duration as f64 / 1e9;
    Some(Measurement {
        metric: Metric::RequestDuration,
        service: sender.service.clone(),
        attributes: sorted(labels),
        value,
        weight: adjusted_count(request.tracestate),
        exemplar: exemplar(value, request.end, request.trace_id, request.span_id),
    })
}

/// Measures the log record of a web vital.
fn web_vital(message: &[u8], sender: &Sender) -> Option<Measurement> {
    let (mut event, mut time, mut trace_id, mut span_id) = (&[][..], 0, &[][..], &[][..]);
    for field in fields(message).map_while(Result::ok) {
        match (field.number, field.value) {
            (log_record::EVENT_NAME, Value::Bytes(name)) => event = name,
            (log_record::TIME_UNIX_NANO, Value::Fixed64(nano)) => time = nano,
            (log_record::TRACE_ID, Value::Bytes(id)) => trace_id = id,
            (log_record::SPAN_ID, Value::Bytes(id)) => span_id = id,
            _ => {}
        }
    }
    if event != semconv::BROWSER_WEB_VITAL.as_bytes() {
        return None;
    }
    let (mut name, mut value, mut rating, mut route) = (None, None, None, None);
    for attribute in attributes(message, log_record::ATTRIBUTES) {
        let read = attribute.value();
        match attribute.key {
            semconv::BROWSER_WEB_VITAL_NAME => name = read.as_str(),
            semconv::BROWSER_WEB_VITAL_RATING => rating = read.as_str(),
            semconv::HTTP_ROUTE => route = read.as_str(),
            semconv::URL_TEMPLATE if route.is_none() => route = read.as_str(),
            semconv::BROWSER_WEB_VITAL_VALUE => {
                value = match read {
                    AttributeValue::Double(value) => Some(value),
                    AttributeValue::Int(value) => Some(value as f64),
                    _ => None,
                }
            }
            _ => {}
        }
    }
    let metric = match name? {
        "cls" => Metric::Cls,
        "fcp" => Metric::Fcp,
        "inp" => Metric::Inp,
        "lcp" => Metric::Lcp,
        "ttfb" => Metric::Ttfb,
        _ => return None,
    };
    let rating = RATINGS.into_iter().find(|known| rating == Some(*known));
    let mut labels = Vec::new();
    labels.extend(rating.map(|rating| (semconv::BROWSER_WEB_VITAL_RATING, rating.into())));
    labels.extend(route.map(|route| (semconv::HTTP_ROUTE, route.into())));
    labels.extend(
        sender
            .device
            .map(|device| (semconv::DEVICE_CLASS, device.into())),
    );
    let value = value?;
    Some(Measurement {
        metric,
        service: sender.service.clone(),
        attributes: sorted(labels),
        value,
        weight: 1.0,
        exemplar: exemplar(value, time, trace_id, span_id),
    })
}

fn is_error(encoded: &[u8]) -> bool {
    let codes = fields(encoded).map_while(Result::ok);
    codes
        .filter(|field| field.number == status::CODE)
        .any(|field| field.value == Value::Varint(status_code::ERROR))
}

/// How many requests a span stands for: one, unless its tracestate has a threshold.
fn adjusted_count(tracestate: &str) -> f64 {
    if tracestate.is_empty() {
        return 1.0;
    }
    let parsed = Tracestate::parse([tracestate]).ok();
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

fn exemplar(value: f64, time_unix_nano: u64, trace_id: &[u8], span_id: &[u8]) -> Option<Exemplar> {
    Some(Exemplar {
        value,
        time_unix_nano,
        trace_id: trace_id.try_into().ok()?,
        span_id: span_id.try_into().ok()?,
    })
}

fn sorted(mut attributes: Attributes) -> Attributes {
    attributes.sort_unstable();
    attributes
}

const RATINGS: [&str; 3] = ["good", "needs-improvement", "poor"];
