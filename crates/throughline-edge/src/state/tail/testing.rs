//! Randomness, spans and log records for tests.

use throughline_otlp::Signal;
use throughline_otlp::attribute::{self, Attribute};
use throughline_otlp::field::{
    export_request, log_record, resource_group, scope_group, span, status,
};
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::TraceId;
use throughline_trace_context::ot::Ot;

/// SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(crate) fn trace_id(&mut self) -> TraceId {
        let (high, low) = (self.next().to_be_bytes(), self.next().to_be_bytes());
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high);
        bytes[8..].copy_from_slice(&low);
        TraceId::from_bytes(bytes).expect("not all zero")
    }
}

/// A span or a log record for a request.
#[derive(Debug, Clone)]
pub(crate) struct TestSpan {
    pub(crate) signal: Signal,
    pub(crate) trace: TraceId,
    pub(crate) id: u64,
    pub(crate) is_root: bool,
    pub(crate) is_error: bool,
    pub(crate) route: &'static str,
    pub(crate) duration_ms: u64,
    /// Of a log record too, which has its `ot` as attributes.
    pub(crate) tracestate: String,
}

impl TestSpan {
    pub(crate) fn new(trace: TraceId, id: u64) -> Self {
        Self {
            signal: Signal::Traces,
            trace,
            id,
            is_root: false,
            is_error: false,
            route: "/",
            duration_ms: 1,
            tracestate: String::new(),
        }
    }

    /// A log record of a trace.
    pub(crate) fn log(trace: TraceId, id: u64) -> Self {
        Self {
            signal: Signal::Logs,
            ..Self::new(trace, id)
        }
    }

    fn write(&self, writer: &mut Writer) {
        let record = writer.open(scope_group::RECORD);
        match self.signal {
            Signal::Traces => self.write_span(writer),
            _ => self.write_log(writer),
        }
        writer.close(record);
    }

    fn write_span(&self, writer: &mut Writer) {
        writer.bytes(span::TRACE_ID, self.trace.as_bytes());
        writer.bytes(span::SPAN_ID, &(self.id + 1).to_be_bytes());
        writer.string(span::TRACE_STATE, &self.tracestate);
        if !self.is_root {
            writer.bytes(span::PARENT_SPAN_ID, &[1; 8]);
        }
        let start = 1_800_000_000_000_000_000;
        writer.fixed64(span::START_TIME_UNIX_NANO, start);
        writer.fixed64(
            span::END_TIME_UNIX_NANO,
            start + self.duration_ms * 1_000_000,
        );
        attribute::string(writer, span::ATTRIBUTES, "http.route", self.route);
        if self.is_error {
            let open = writer.open(span::STATUS);
            writer.varint(status::CODE, 2);
            writer.close(open);
        }
    }

    fn write_log(&self, writer: &mut Writer) {
        if self.is_error {
            writer.varint(log_record::SEVERITY_NUMBER, 17);
        }
        attribute::string(writer, log_record::ATTRIBUTES, "http.route", self.route);
        let ot = Ot::in_tracestate(&self.tracestate);
        for (key, part) in SAMPLING {
            if let Some(value) = ot.get(part) {
                attribute::string(writer, log_record::ATTRIBUTES, key, value);
            }
        }
        writer.bytes(log_record::TRACE_ID, self.trace.as_bytes());
        writer.bytes(log_record::SPAN_ID, &(self.id + 1).to_be_bytes());
    }
}

/// The sampling of a log record, and the parts of `ot` that say the same.
const SAMPLING: [(&str, &str); 2] = [("sampling.randomness", "rv"), ("sampling.threshold", "th")];

/// An export request with these records of one signal, of one service.
pub(crate) fn request(records: &[TestSpan]) -> Vec<u8> {
    let mut writer = Writer::new();
    let resource = writer.open(export_request::RESOURCE);
    let scope = writer.open(resource_group::SCOPE);
    for record in records {
        assert_eq!(record.signal, records[0].signal, "one signal");
        record.write(&mut writer);
    }
    writer.close(scope);
    writer.close(resource);
    writer.into_bytes()
}

/// Trace id, span id, error and tracestate of each record of a request.
pub(crate) fn read(signal: Signal, request: &[u8]) -> Vec<TestSpan> {
    let mut read = Vec::new();
    throughline_otlp::group::each_scope_group(request, |_, group| {
        for record in throughline_otlp::group::records(group) {
            let mut it = TestSpan::new(TraceId::from_bytes([1; 16]).expect("not zero"), 0);
            it.signal = signal;
            for field in throughline_otlp::protobuf::fields(record).map_while(Result::ok) {
                it.read(field.number, field.value.as_bytes().unwrap_or_default());
            }
            read.push(it);
        }
    });
    read
}

impl TestSpan {
    fn read(&mut self, number: u32, bytes: &[u8]) {
        let (trace, id) = match self.signal {
            Signal::Traces => (span::TRACE_ID, span::SPAN_ID),
            _ => (log_record::TRACE_ID, log_record::SPAN_ID),
        };
        if number == trace {
            let id = bytes.try_into().expect("16 bytes");
            self.trace = TraceId::from_bytes(id).expect("not zero");
        } else if number == id {
            self.id = u64::from_be_bytes(bytes.try_into().expect("8 bytes")) - 1;
        } else if self.signal == Signal::Traces {
            match number {
                span::TRACE_STATE => {
                    self.tracestate = String::from_utf8_lossy(bytes).into_owned();
                }
                span::STATUS => self.is_error = true,
                _ => {}
            }
        } else if number == log_record::SEVERITY_NUMBER {
            self.is_error = true;
        } else if number == log_record::ATTRIBUTES {
            let attribute = Attribute::read(bytes);
            for (key, part) in SAMPLING {
                if attribute.key == key {
                    let value = attribute.value().as_str().expect("a text");
                    let separator = if self.tracestate.is_empty() {
                        "ot="
                    } else {
                        ";"
                    };
                    self.tracestate += &format!("{separator}{part}:{value}");
                }
            }
        }
    }
}
