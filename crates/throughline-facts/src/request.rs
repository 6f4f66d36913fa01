//! The span of a request, joined with the timing that the browser reports later.

use crate::attributes;
use crate::batch::{Batch, write_span};
use crate::page::Page;
use crate::text::{Fields, hash};
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, END_TIME_UNIX_NANO, NAME, STATUS};
use throughline_otlp::field::{span_kind, status, status_code};
use throughline_otlp::protobuf::Writer;
use throughline_scrub::url_full;
use throughline_semconv as semconv;
use throughline_semconv::http::{
    OTHER_METHOD, UNKNOWN_METHOD_IN_SPAN_NAME, known_method_in_any_case,
};
use throughline_wire::facts::{request, request_timing, span_ids, timing};

/// Requests that wait for their timing, and some that were written without: theirs may still
/// come, and must not be taken for another's.
#[derive(Debug)]
pub(crate) struct Requests(Vec<Request>);

/// A request that has ended: with a response, or given up.
#[derive(Debug)]
struct Request {
    /// When the page asked and when it had the response, µs.
    times: [u64; 2],
    /// Hashes of its trace and its address; 0 of one that has its timing.
    trace: u64,
    address: u64,
    /// The fields of the span without its end; none once it is written. Its context is that of
    /// the moment when it began, whatever the page's is by now.
    span: Writer,
}

impl Requests {
    /// No requests.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a request that has ended: with a response, or given up.
    pub(crate) fn add(&mut self, page: &Page, fields: &Fields<'_>, batch: &mut Batch) {
        if self.0.len() > MOST {
            self.finish(page, batch);
        }
        self.0.push(Request {
            times: [fields.number(request::START), fields.number(request::END)],
            trace: hash(fields.text(TRACE)),
            address: hash(without_fragment(fields.text(request::URL))),
            span: begin(page, fields),
        });
    }

    /// Joins a timing to its request, if no other one is possible: two requests never exchange
    /// timings.
    ///
    /// The addresses are equal, the browser began to fetch right after the page asked, and the
    /// response began before the page had it. Where the server names a trace, it is the request's.
    pub(crate) fn time(&mut self, page: &Page, fields: &Fields<'_>, batch: &mut Batch) {
        let address = hash(without_fragment(fields.text(request_timing::URL)));
        let server_trace = fields.text(request_timing::TRACE);
        let start = fields.number(request_timing::START);
        let response = fields.number(request_timing::TIMING + timing::RESPONSE_START);
        let trace = hash(server_trace);
        let mut possible = self.0.iter_mut().filter(|request| {
            let [called, responded] = request.times;
            // Too early wraps around, and is as wrong as too late.
            (start + CLOCK_STEP).wrapping_sub(called) <= CLOCK_STEP + BEGIN_DELAY
                && response <= responded + CLOCK_STEP
                && address == request.address
                && (server_trace.is_empty() || trace == request.trace)
        });
        if let (Some(request), None) = (possible.next(), possible.next()) {
            // The request stays in the list: to take it out would move all that come after.
            request.address = 0;
            request.end(page, Some(fields), batch);
        }
    }

    /// Appends all requests as spans, with a timing or without.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for request in &mut self.0 {
            request.end(page, None, batch);
        }
        if self.0.len() > MOST / 2 {
            self.0.clear();
        }
    }

    /// Whether no request was added since the last `finish`.
    pub(crate) fn is_empty(&self) -> bool {
        !self.responded_after(0)
    }

    /// Whether a request that waits had its response after `since`.
    pub(crate) fn responded_after(&self, since: u64) -> bool {
        let mut waiting = self.0.iter().filter(|request| request.is_waiting());
        waiting.any(|request| request.times[1] > since)
    }
}

impl Request {
    /// Whether the span is not written yet.
    fn is_waiting(&self) -> bool {
        !self.span.as_bytes().is_empty()
    }

    /// Ends the span and appends it, once.
    fn end(&mut self, page: &Page, timed: Option<&Fields<'_>>, batch: &mut Batch) {
        if !self.is_waiting() {
            return;
        }
        let open = batch.open_span();
        let span = &mut batch.spans;
        span.raw(self.span.as_bytes());
        self.span = Writer::new();
        let mut end = self.times[1];
        // A request ends with its body, where the browser reports that time.
        if let Some(timed) = timed {
            end = end.max(timed.number(request_timing::END));
            let first = request_timing::TIMING;
            attributes::write(span, ATTRIBUTES, timed, first, &timing::ATTRIBUTES);
        }
        span.fixed64(END_TIME_UNIX_NANO, page.unix_nano(end));
        span.close(open);
    }
}

/// Begins the span of a request.
fn begin(page: &Page, fields: &Fields<'_>) -> Writer {
    let mut written = Writer::new();
    let span = &mut written;
    let start = fields.number(request::START);
    let positions = [request::SPAN_IDS, request::PARENT];
    write_span(span, page, span_kind::CLIENT, start, fields, positions);
    let method = fields.text(request::METHOD);
    let known = known_method_in_any_case(method);
    let name = span.open(NAME);
    span.raw(known.unwrap_or(UNKNOWN_METHOD_IN_SPAN_NAME).as_bytes());
    span.raw(fields.text(request::NAME_END).as_bytes());
    span.close(name);
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
        let open = span.open(STATUS);
        span.varint(status::CODE, status_code::ERROR);
        span.close(open);
    }
    written
}

fn without_fragment(url: &str) -> &str {
    let end = url.bytes().position(|byte| byte == b'#');
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// The position of a request's trace id.
const TRACE: usize = request::SPAN_IDS + span_ids::TRACE;
/// µs. Browsers round their clocks, and not all entries alike.
const CLOCK_STEP: u64 = 1_000;
/// µs. How long after the page has asked the browser may begin.
const BEGIN_DELAY: u64 = 100_000;
/// How many requests are kept. All of them may be written at once, and each timing is compared
/// with all, which must not take long.
const MOST: usize = 80;
