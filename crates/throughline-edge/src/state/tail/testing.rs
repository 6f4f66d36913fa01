//! Randomness and spans for tests.

use throughline_otlp::field::{export_request, resource_group, scope_group, span, status};
use throughline_otlp::protobuf::Writer;
use throughline_trace_context::TraceId;

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

/// A span for a request.
#[derive(Debug, Clone)]
pub(crate) struct TestSpan {
    pub(crate) trace: TraceId,
    pub(crate) id: u64,
    pub(crate) is_root: bool,
    pub(crate) is_error: bool,
    pub(crate) route: &'static str,
    pub(crate) duration_ms: u64,
    pub(crate) tracestate: String,
}

impl TestSpan {
    pub(crate) fn new(trace: TraceId, id: u64) -> Self {
        Self {
            trace,
            id,
            is_root: false,
            is_error: false,
            route: "/",
            duration_ms: 1,
            tracestate: String::new(),
        }
    }

    fn write(&self, writer: &mut Writer) {
        let record = writer.open(scope_group::RECORD);
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
        throughline_otlp::attribute::string(writer, span::ATTRIBUTES, "http.route", self.route);
        if self.is_error {
            let open = writer.open(span::STATUS);
            writer.varint(status::CODE, 2);
            writer.close(open);
        }
        writer.close(record);
    }
}

/// An export request with these spans, of one service.
pub(crate) fn request(spans: &[TestSpan]) -> Vec<u8> {
    let mut writer = Writer::new();
    let resource = writer.open(export_request::RESOURCE);
    let scope = writer.open(resource_group::SCOPE);
    for span in spans {
        span.write(&mut writer);
    }
    writer.close(scope);
    writer.close(resource);
    writer.into_bytes()
}

/// Trace id, span id and tracestate of each span of a request.
pub(crate) fn read(request: &[u8]) -> Vec<TestSpan> {
    let mut read = Vec::new();
    throughline_otlp::group::each_scope_group(request, |_, group| {
        for record in throughline_otlp::group::records(group) {
            let mut span = TestSpan::new(TraceId::from_bytes([1; 16]).expect("not zero"), 0);
            for field in throughline_otlp::protobuf::fields(record).map_while(Result::ok) {
                let bytes = field.value.as_bytes().unwrap_or_default();
                match field.number {
                    span::TRACE_ID => {
                        let id = bytes.try_into().expect("16 bytes");
                        span.trace = TraceId::from_bytes(id).expect("not zero");
                    }
                    span::SPAN_ID => {
                        span.id = u64::from_be_bytes(bytes.try_into().expect("8 bytes")) - 1;
                    }
                    span::TRACE_STATE => {
                        span.tracestate = String::from_utf8_lossy(bytes).into_owned();
                    }
                    span::STATUS => span.is_error = true,
                    _ => {}
                }
            }
            read.push(span);
        }
    });
    read
}
