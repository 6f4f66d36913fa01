//! The model of spans and log records in these tests, encoded as export requests.

use throughline_otlp::field::{
    any_value, export_request, key_value, log_record, resource, resource_group, scope, scope_group,
    span, span_event, span_link, status, status_code, values,
};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, attribute};

/// An attribute's value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    Int(i64),
    Double(f64),
    Bool(bool),
    /// Parsed frames, innermost last: function, file, line, column.
    Frames(Vec<(&'static str, &'static str, i64, i64)>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

pub(crate) type Attribute = (String, Value);

/// Writes `attributes!["key" => value, …]`.
macro_rules! attributes {
    ($($key:expr => $value:expr),* $(,)?) => {
        vec![$(($key.to_string(), $crate::shop::model::Value::from($value))),*]
    };
}
pub(super) use attributes;

#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) service: &'static str,
    pub(crate) trace: u128,
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) name: String,
    /// 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    pub(crate) kind: u64,
    /// ns since the Unix epoch.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) events: Vec<(u64, &'static str, Vec<Attribute>)>,
    pub(crate) links: Vec<(u128, u64)>,
    /// The status is Error, with this message.
    pub(crate) error: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) service: &'static str,
    pub(crate) span: Option<(u128, u64)>,
    pub(crate) time: u64,
    pub(crate) severity: (u64, &'static str),
    pub(crate) event_name: &'static str,
    pub(crate) body: String,
    pub(crate) attributes: Vec<Attribute>,
}

/// Spans, log records and finished metrics requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry {
    pub(crate) spans: Vec<Span>,
    pub(crate) logs: Vec<Log>,
    pub(crate) metrics: Vec<Vec<u8>>,
}

impl Telemetry {
    pub(crate) fn extend(&mut self, other: Self) {
        self.spans.extend(other.spans);
        self.logs.extend(other.logs);
        self.metrics.extend(other.metrics);
    }

    pub(super) fn received_at(&self) -> u64 {
        self.spans.iter().map(|span| span.end).max().unwrap_or(1)
    }

    pub(super) fn encode(&self) -> Vec<(Signal, Vec<u8>)> {
        let mut requests = Vec::new();
        for service in SERVICES {
            let spans: Vec<Vec<u8>> = self
                .spans
                .iter()
                .filter(|span| span.service == service.0)
                .map(encode_span)
                .collect();
            let logs: Vec<Vec<u8>> = self
                .logs
                .iter()
                .filter(|log| log.service == service.0)
                .map(encode_log)
                .collect();
            for (signal, records) in [(Signal::Traces, spans), (Signal::Logs, logs)] {
                // As an SDK's batch processor sends them.
                for batch in records.chunks(512) {
                    requests.push((signal, encode_request(service, batch)));
                }
            }
        }
        requests.extend(
            self.metrics
                .iter()
                .map(|bytes| (Signal::Metrics, bytes.clone())),
        );
        requests
    }
}

/// A number that looks random and is the same every time.
pub(crate) fn id(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).max(1)
}

/// Writes an attribute into field `field`.
pub(crate) fn write_attribute(writer: &mut Writer, field: u32, (key, value): &Attribute) {
    match value {
        Value::Text(text) => attribute::string(writer, field, key, text),
        Value::Int(value) => attribute::int(writer, field, key, *value),
        Value::Double(value) => attribute::double(writer, field, key, *value),
        Value::Bool(value) => attribute::bool(writer, field, key, *value),
        Value::Frames(frames) => write_frames(writer, field, key, frames),
    }
}

/// An export request of one service with these records.
pub(crate) fn encode_request(service: &Service, records: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    let open = writer.open(resource_group::RESOURCE);
    let (name, language, sdk, _) = service;
    for (key, value) in [
        ("service.name", *name),
        ("service.version", "1.4.2"),
        ("deployment.environment.name", "development"),
        ("telemetry.sdk.language", language),
        ("telemetry.sdk.name", sdk),
    ] {
        attribute::string(&mut writer, resource::ATTRIBUTES, key, value);
    }
    writer.close(open);
    let scope_open = writer.open(resource_group::SCOPE);
    let open = writer.open(scope_group::SCOPE);
    writer.string(scope::NAME, service.3);
    writer.string(scope::VERSION, "0.61.0");
    writer.close(open);
    for record in records {
        writer.bytes_present(scope_group::RECORD, record);
    }
    writer.close(scope_open);
    writer.close(group);
    writer.into_bytes()
}

fn encode_span(from: &Span) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.bytes(span::TRACE_ID, &from.trace.to_be_bytes());
    writer.bytes(span::SPAN_ID, &from.id.to_be_bytes());
    if let Some(parent) = from.parent {
        writer.bytes(span::PARENT_SPAN_ID, &parent.to_be_bytes());
    }
    writer.string(span::NAME, &from.name);
    writer.varint(span::KIND, from.kind);
    writer.fixed64(span::START_TIME_UNIX_NANO, from.start);
    writer.fixed64(span::END_TIME_UNIX_NANO, from.end);
    writer.fixed32(span::FLAGS, 0x0301);
    for attribute in &from.attributes {
        write_attribute(&mut writer, span::ATTRIBUTES, attribute);
    }
    for (time, name, attributes) in &from.events {
        let open = writer.open(span::EVENTS);
        writer.fixed64(span_event::TIME_UNIX_NANO, *time);
        writer.string(span_event::NAME, name);
        for attribute in attributes {
            write_attribute(&mut writer, span_event::ATTRIBUTES, attribute);
        }
        writer.close(open);
    }
    for (trace, id) in &from.links {
        let open = writer.open(span::LINKS);
        writer.bytes(span_link::TRACE_ID, &trace.to_be_bytes());
        writer.bytes(span_link::SPAN_ID, &id.to_be_bytes());
        writer.close(open);
    }
    if let Some(message) = &from.error {
        let open = writer.open(span::STATUS);
        writer.string(status::MESSAGE, message);
        writer.varint(status::CODE, status_code::ERROR);
        writer.close(open);
    }
    writer.into_bytes()
}

fn encode_log(from: &Log) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.fixed64(log_record::TIME_UNIX_NANO, from.time);
    writer.varint(log_record::SEVERITY_NUMBER, from.severity.0);
    writer.string(log_record::SEVERITY_TEXT, from.severity.1);
    if !from.body.is_empty() {
        let open = writer.open(log_record::BODY);
        writer.string(any_value::STRING, &from.body);
        writer.close(open);
    }
    for attribute in &from.attributes {
        write_attribute(&mut writer, log_record::ATTRIBUTES, attribute);
    }
    if let Some((trace, id)) = from.span {
        writer.bytes(log_record::TRACE_ID, &trace.to_be_bytes());
        writer.bytes(log_record::SPAN_ID, &id.to_be_bytes());
    }
    writer.string(log_record::EVENT_NAME, from.event_name);
    writer.into_bytes()
}

fn write_frames(writer: &mut Writer, field: u32, key: &str, frames: &[(&str, &str, i64, i64)]) {
    let open = writer.open(field);
    writer.string(key_value::KEY, key);
    let any = writer.open(key_value::VALUE);
    let array = writer.open(any_value::ARRAY);
    for (function, filename, line, column) in frames {
        let item = writer.open(values::VALUES);
        let list = writer.open(any_value::KVLIST);
        attribute::string(writer, values::VALUES, "function", function);
        attribute::string(writer, values::VALUES, "filename", filename);
        attribute::int(writer, values::VALUES, "lineno", *line);
        attribute::int(writer, values::VALUES, "colno", *column);
        writer.close(list);
        writer.close(item);
    }
    writer.close(array);
    writer.close(any);
    writer.close(open);
}

/// Name, language, SDK and instrumentation.
pub(crate) type Service = (&'static str, &'static str, &'static str, &'static str);

pub(crate) const PAGE: &str = "shop-web";
pub(crate) const EDGE: &str = "shop-edge";
pub(crate) const ORDERS: &str = "orders-api";
pub(crate) const PRICING: &str = "pricing-api";
pub(crate) const WORKER: &str = "pricing-worker";

pub(crate) const SERVICES: &[Service] = &[
    (PAGE, "webjs", "throughline", "@throughline/browser"),
    (EDGE, "rust", "throughline", "throughline-edge"),
    (
        ORDERS,
        "go",
        "opentelemetry",
        "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp",
    ),
    (
        PRICING,
        "python",
        "opentelemetry",
        "opentelemetry.instrumentation.fastapi",
    ),
    (
        WORKER,
        "python",
        "opentelemetry",
        "opentelemetry.instrumentation.botocore",
    ),
];
