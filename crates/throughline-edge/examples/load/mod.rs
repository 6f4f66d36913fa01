//! Requests with many spans, as the measurements send them.

use http::{HeaderValue, Method, Request};
use throughline_otlp::attribute;
use throughline_otlp::field::{export_request, resource, resource_group, scope_group, span};
use throughline_otlp::protobuf::Writer;
use throughline_testkit::sim::SimBody;

/// An export request in protobuf that is posted.
pub(crate) fn posted(path: &str, body: &[u8]) -> Request<SimBody> {
    let mut request = Request::new(SimBody::whole(body.to_vec().into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    let protobuf = HeaderValue::from_static("application/x-protobuf");
    request.headers_mut().insert("content-type", protobuf);
    request
}

/// Spans of about this many bytes, each of its own trace.
pub(crate) fn spans(batch: usize, spans: usize, bytes: usize) -> Vec<u8> {
    exported(spans, |writer, at| {
        let begun = writer.as_bytes().len();
        let number = (batch * spans + at) as u64;
        writer.bytes(span::TRACE_ID, &trace_id(number));
        writer.bytes(span::SPAN_ID, &(number + 1).to_be_bytes());
        writer.string(span::TRACE_STATE, "ot=th:0");
        writer.bytes(span::PARENT_SPAN_ID, &[1; 8]);
        writer.string(span::NAME, "GET /api/basket");
        writer.fixed64(span::START_TIME_UNIX_NANO, 1_800_000_000_000_000_000);
        writer.fixed64(span::END_TIME_UNIX_NANO, 1_800_000_000_005_000_000);
        let route = ["/api/basket", "/api/pay", "/"][at % 3];
        attribute::string(writer, span::ATTRIBUTES, "http.route", route);
        let mut key = 0;
        while writer.as_bytes().len() < begun + bytes {
            let (name, value) = (
                format!("app.attribute.{key}"),
                format!("value {}", random(number)),
            );
            attribute::string(writer, span::ATTRIBUTES, &name, &value);
            key += 1;
        }
    })
}

/// An export request of a service with so many records; `record` writes each.
pub(crate) fn exported(records: usize, record: impl Fn(&mut Writer, usize)) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    let open = writer.open(resource_group::RESOURCE);
    attribute::string(&mut writer, resource::ATTRIBUTES, "service.name", "shop");
    writer.close(open);
    let scope = writer.open(resource_group::SCOPE);
    for at in 0..records {
        let open = writer.open(scope_group::RECORD);
        record(&mut writer, at);
        writer.close(open);
    }
    writer.close(scope);
    writer.close(group);
    writer.into_bytes()
}

/// The id of the trace with a number.
pub(crate) fn trace_id(number: u64) -> [u8; 16] {
    (u128::from(number) << 64 | u128::from(random(number))).to_be_bytes()
}

fn random(number: u64) -> u64 {
    let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (random ^ random >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}
