//! The span of a request, joined with the timing that the browser reports later.

use crate::attributes;
use crate::batch::Batch;
use crate::page::Page;
use crate::pending::{Pending, is_full};
use crate::text::{Fields, hash};
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, NAME, STATUS};
use throughline_otlp::field::{span_kind, status, status_code};
use throughline_scrub::url_full;
use throughline_semconv as semconv;
use throughline_semconv::http::{
    OTHER_METHOD, UNKNOWN_METHOD_IN_SPAN_NAME, known_method_in_any_case,
};
use throughline_wire::facts::{request, request_timing, span_ids, timing};

/// Requests that wait for their timing.
#[derive(Debug)]
pub(crate) struct Requests(Vec<Pending>);

impl Requests {
    /// No requests.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a request that was answered or given up.
    pub(crate) fn add(
        &mut self,
        page: &Page,
        record: &str,
        fields: &Fields<'_>,
        batch: &mut Batch,
    ) {
        if is_full(&self.0) {
            self.finish(page, batch);
        }
        let notes = [
            fields.number(request::START),
            // The last bit of a microsecond, so that it is never `WRITTEN`.
            fields.number(request::END) | 1,
            hash(fields.text(TRACE)),
            hash(without_fragment(fields.text(request::URL))),
        ];
        self.0.push(Pending::new(record, notes));
    }

    /// Joins a timing to its request; a timing of an unknown request is dropped.
    ///
    /// The addresses are equal, and the browser began to fetch right after the page called
    /// `fetch`. Where the server names a trace, it is the request's. Of several such requests
    /// the first one that was made is the first one that began.
    pub(crate) fn time(&mut self, page: &Page, fields: &Fields<'_>, batch: &mut Batch) {
        let address = hash(without_fragment(fields.text(request_timing::URL)));
        let server_trace = fields.text(request_timing::TRACE);
        let start = fields.number(request_timing::START);
        let trace = hash(server_trace);
        for pending in &mut self.0 {
            let [called, answered, own_trace, own_address] = &mut pending.notes;
            // Too early wraps around, and is as wrong as too late.
            let begun = (start + CLOCK_STEP).wrapping_sub(*called);
            if *answered != WRITTEN
                && begun <= CLOCK_STEP + BEGIN_DELAY
                && address == *own_address
                && (server_trace.is_empty() || trace == *own_trace)
            {
                // It stays in the list: to take it out would move all that come after.
                *answered = WRITTEN;
                span(page, &pending.fields(), Some(fields), batch);
                return;
            }
        }
    }

    /// Appends all requests as spans, with a timing or without.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for pending in &self.0 {
            if pending.notes[1] != WRITTEN {
                span(page, &pending.fields(), None, batch);
            }
        }
        self.0.clear();
    }

    /// Whether no request was added since the last `finish`.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request that waits was answered after `since`.
    pub(crate) fn answered_after(&self, since: u64) -> bool {
        self.0.iter().any(|pending| pending.notes[1] > since)
    }
}

/// Appends the span of a request.
fn span(page: &Page, fields: &Fields<'_>, timed: Option<&Fields<'_>>, batch: &mut Batch) {
    let start = fields.number(request::START);
    let mut end = fields.number(request::END);
    // A request ends with its body, where the browser reports that time.
    if let Some(timed) = timed {
        end = end.max(timed.number(request_timing::END));
    }
    let positions = [request::SPAN_IDS, request::PARENT];
    let open = batch.open_span(page, span_kind::CLIENT, [start, end], fields, positions);
    let span = &mut batch.spans;
    let method = fields.text(request::METHOD);
    let known = known_method_in_any_case(method);
    span.string(NAME, known.unwrap_or(UNKNOWN_METHOD_IN_SPAN_NAME));
    for (key, value) in [
        (semconv::URL_FULL, &*url_full(fields.text(request::URL))),
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
        let open = span.open(STATUS);
        span.varint(status::CODE, status_code::ERROR);
        span.close(open);
    }
    if let Some(timed) = timed {
        let first = request_timing::TIMING;
        attributes::write(span, ATTRIBUTES, timed, first, &timing::ATTRIBUTES);
    }
    span.close(open);
}

fn without_fragment(url: &str) -> &str {
    let end = url.bytes().position(|byte| byte == b'#');
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// The position of a request's trace id.
const TRACE: usize = request::SPAN_IDS + span_ids::TRACE;
/// The time of the answer of a request whose span is written already.
const WRITTEN: u64 = 0;
/// µs. Browsers round their clocks, and not all entries alike.
const CLOCK_STEP: u64 = 1_000;
/// µs. How long after the call of `fetch` its entry may begin.
const BEGIN_DELAY: u64 = 100_000;
