//! When did a request pass its stations?

use crate::record::Fields;
use throughline_otlp::attribute;
use throughline_otlp::field::span::ATTRIBUTES;
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_trace_context::TraceId;

/// One performance entry of a request. Times are µs since the page's time origin; 0 means
/// that the browser does not say, which it does not for another origin without
/// `Timing-Allow-Origin`.
/// Source: <https://www.w3.org/TR/resource-timing/#sec-performanceresourcetiming>.
#[derive(Debug, Clone)]
pub(crate) struct Timing<'a> {
    pub(crate) start: u64,
    fetch_start: u64,
    /// Name lookup, connection and TLS.
    connecting: [u64; CONNECTING.len()],
    request_start: u64,
    response_start: u64,
    pub(crate) response_end: u64,
    encoded_body_size: u64,
    protocol: &'a str,
    /// The trace that the server says it was in.
    pub(crate) server_trace: Option<TraceId>,
}

impl<'a> Timing<'a> {
    pub(crate) fn read(fields: &mut Fields<'a>) -> Option<Self> {
        Some(Self {
            start: fields.number()?,
            fetch_start: fields.number_or_zero(),
            connecting: core::array::from_fn(|_| fields.number_or_zero()),
            request_start: fields.number_or_zero(),
            response_start: fields.number_or_zero(),
            response_end: fields.number_or_zero(),
            encoded_body_size: fields.number_or_zero(),
            protocol: fields.text(),
            server_trace: TraceId::from_hex(fields.text()),
        })
    }

    /// Appends what is known as attributes of a span.
    pub(crate) fn write(&self, writer: &mut Writer) {
        if let Some(version) = protocol_version(self.protocol) {
            attribute::string(writer, ATTRIBUTES, semconv::NETWORK_PROTOCOL_NAME, "http");
            attribute::string(
                writer,
                ATTRIBUTES,
                semconv::NETWORK_PROTOCOL_VERSION,
                version,
            );
        }
        if self.encoded_body_size > 0 {
            let size = self.encoded_body_size.cast_signed();
            attribute::int(writer, ATTRIBUTES, semconv::HTTP_RESPONSE_BODY_SIZE, size);
        }
        milliseconds(
            writer,
            semconv::BROWSER_RESOURCE_TIMING_FETCH_START,
            self.fetch_start,
        );
        // A connection that was open already passes these stations when the fetch starts.
        if self.connecting.iter().any(|&at| at > self.fetch_start) {
            for (name, at) in CONNECTING.into_iter().zip(self.connecting) {
                milliseconds(writer, name, at);
            }
        }
        milliseconds(
            writer,
            semconv::BROWSER_RESOURCE_TIMING_REQUEST_START,
            self.request_start,
        );
        milliseconds(
            writer,
            semconv::BROWSER_RESOURCE_TIMING_RESPONSE_START,
            self.response_start,
        );
        milliseconds(
            writer,
            semconv::BROWSER_RESOURCE_TIMING_RESPONSE_END,
            self.response_end,
        );
    }
}

/// Appends a time in ms as the browser gives it, unless the browser did not.
pub(crate) fn milliseconds(writer: &mut Writer, name: &str, micros: u64) {
    if micros > 0 {
        attribute::double(writer, ATTRIBUTES, name, micros as f64 / 1000.0);
    }
}

/// The ALPN identifier as semantic conventions spell the version.
/// Source: <https://www.iana.org/assignments/tls-extensiontype-values>.
fn protocol_version(protocol: &str) -> Option<&'static str> {
    Some(match protocol {
        "h3" => "3",
        "h2" | "h2c" => "2",
        "http/1.1" => "1.1",
        "http/1.0" => "1.0",
        _ => return None,
    })
}

const CONNECTING: [&str; 5] = [
    semconv::BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_START,
    semconv::BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_END,
    semconv::BROWSER_RESOURCE_TIMING_CONNECT_START,
    semconv::BROWSER_RESOURCE_TIMING_SECURE_CONNECTION_START,
    semconv::BROWSER_RESOURCE_TIMING_CONNECT_END,
];
