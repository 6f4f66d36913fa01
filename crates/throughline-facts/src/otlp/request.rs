//! The span of a request.

use super::attributes;
use super::batch::{Batch, write_span};
use super::page::Page;
use crate::text::Fields;
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, END_TIME_UNIX_NANO, NAME, STATUS};
use throughline_otlp::field::{span_kind, status, status_code};
use throughline_semconv as semconv;
use throughline_semconv::http::{
    OTHER_METHOD, UNKNOWN_METHOD_IN_SPAN_NAME, known_method_in_any_case,
};
use throughline_wire::facts::{request, timing};

/// Appends the span of a request.
pub(super) fn write(page: &Page, fields: &Fields<'_>, batch: &mut Batch) {
    let open = batch.open_span();
    let span = &mut batch.spans;
    let [start, end] = [request::START, request::END].map(|position| fields.number(position));
    let positions = [request::SPAN_IDS, request::PARENT];
    write_span(span, page, span_kind::CLIENT, start, fields, positions);
    let method = fields.text(request::METHOD);
    let known = known_method_in_any_case(method);
    let name = span.open(NAME);
    span.raw(known.unwrap_or(UNKNOWN_METHOD_IN_SPAN_NAME).as_bytes());
    span.raw(fields.text(request::NAME_END).as_bytes());
    span.close(name);
    for (key, value) in [
        (semconv::URL_FULL, fields.text(request::URL)),
        (semconv::HTTP_REQUEST_METHOD, known.unwrap_or(OTHER_METHOD)),
    ] {
        attribute::string(span, ATTRIBUTES, key, value);
    }
    // Present also when only its case is unusual, as semantic conventions ask for.
    if known != Some(method) {
        let key = semconv::HTTP_REQUEST_METHOD_ORIGINAL;
        attribute::string(span, ATTRIBUTES, key, method);
    }
    attributes::write(span, ATTRIBUTES, fields, 0, &request::ATTRIBUTES);
    // The end of the name is a list of one name without a value, which is no attribute; the rest is behind it.
    attributes::given(span, ATTRIBUTES, fields, request::NAME_END);
    // On a client's span 4xx is an error too; an aborted request is none.
    // https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
    let status = fields.text(request::STATUS);
    let error = if status >= "400" {
        status
    } else {
        fields.text(request::ERROR)
    };
    if !error.is_empty() {
        attribute::string(span, ATTRIBUTES, semconv::ERROR_TYPE, error);
        let status = span.open(STATUS);
        span.varint(status::CODE, status_code::ERROR);
        span.close(status);
    }
    attributes::write(
        span,
        ATTRIBUTES,
        fields,
        request::FETCH_START,
        &timing::ATTRIBUTES,
    );
    span.fixed64(END_TIME_UNIX_NANO, page.unix_nano(end));
    batch.spans.close(open);
}
