//! How does a request of the page become a span?

use crate::attributes::{self, Form};
use crate::batch::Batch;
use crate::page::Page;
use crate::record::{Fields, append, records};
use alloc::string::String;
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, NAME, STATUS};
use throughline_otlp::field::{span_kind, status, status_code};
use throughline_scrub::url_full;
use throughline_semconv as semconv;

/// Requests with an answer that wait for the browser to tell their timing: their facts, as
/// they came.
#[derive(Debug)]
pub(crate) struct Requests(String);

impl Requests {
    /// None.
    pub(crate) const fn new() -> Self {
        Self(String::new())
    }

    /// Takes up a request that was answered or given up.
    pub(crate) fn add(&mut self, page: &Page, fields: Fields<'_>, batch: &mut Batch) {
        if self.0.len() > WAITING_LIMIT {
            self.finish(page, batch);
        }
        append(&mut self.0, fields.rest());
    }

    /// Joins a timing to the request it is of; a timing of no known request is let go.
    ///
    /// The address is the same, and the browser began to fetch right after the page asked
    /// it to. Where the server tells which trace it was in, that is the request's. Of
    /// several such, the one that was asked for first began first.
    pub(crate) fn time(&mut self, page: &Page, fields: &mut Fields<'_>, batch: &mut Batch) {
        let (address, trace, start) = (fields.text(), fields.text(), fields.number());
        let mut timing = Some(*fields);
        let mut waiting = String::new();
        for request in records(&self.0) {
            let mut fields = request;
            let asked = fields.number();
            fields.number();
            let own_trace = fields.text();
            // Span, flags and parent are between.
            let mut rest = fields.skip(3);
            let found = timing.is_some()
                && start + CLOCK_STEP >= asked
                && start <= asked + BEGIN_DELAY
                && (trace.is_empty() || trace == own_trace)
                && without_fragment(rest.text()) == without_fragment(address);
            if found {
                span(page, request, timing.take(), batch);
            } else {
                append(&mut waiting, request.rest());
            }
        }
        self.0 = waiting;
    }

    /// Finishes all requests, timing or not.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for request in records(&self.0) {
            span(page, request, None, batch);
        }
        self.0.clear();
    }

    /// Whether none waits.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request was answered after `since`.
    pub(crate) fn answered_after(&self, since: u64) -> bool {
        records(&self.0).any(|mut request| {
            request.text();
            request.number() > since
        })
    }
}

/// Appends the span of a request.
fn span(page: &Page, mut fields: Fields<'_>, mut timing: Option<Fields<'_>>, batch: &mut Batch) {
    let start = fields.number();
    let mut end = fields.number();
    // A body that is read ends the request, where the browser tells when that was.
    if let Some(timing) = &mut timing {
        end = end.max(timing.number());
    }
    let open = batch.open_span(page, span_kind::CLIENT, [start, end], &mut fields);
    let span = &mut batch.spans;
    attribute::string(
        span,
        ATTRIBUTES,
        semconv::URL_FULL,
        &url_full(fields.text()),
    );
    let method = fields.text();
    let mut known = KNOWN_METHODS.iter().copied();
    let known = known.find(|known| known.eq_ignore_ascii_case(method));
    span.string(NAME, known.unwrap_or("HTTP"));
    attribute::string(
        span,
        ATTRIBUTES,
        semconv::HTTP_REQUEST_METHOD,
        known.unwrap_or("_OTHER"),
    );
    // Told also when only its case is unusual, as semantic conventions ask for.
    if known != Some(method) {
        attribute::string(
            span,
            ATTRIBUTES,
            semconv::HTTP_REQUEST_METHOD_ORIGINAL,
            method,
        );
    }
    attributes::write(span, ATTRIBUTES, &mut fields, &REQUEST);
    let [status, error] = [fields.text(), fields.text()];
    attributes::write(span, ATTRIBUTES, &mut Fields::of(status), &RESPONSE);
    attributes::write(span, ATTRIBUTES, &mut fields, &SERVER);
    // On a client's span 4xx is an error too; an aborted request is none.
    // https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
    let error = if status >= "400" { status } else { error };
    if !error.is_empty() {
        attribute::string(span, ATTRIBUTES, semconv::ERROR_TYPE, error);
        let open = span.open(STATUS);
        span.varint(status::CODE, status_code::ERROR);
        span.close(open);
    }
    if let Some(mut timing) = timing {
        attributes::write(span, ATTRIBUTES, &mut timing, &TIMING);
    }
    span.close(open);
}

fn without_fragment(url: &str) -> &str {
    let end = url.bytes().position(|byte| byte == b'#');
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// Of RFC 9110, RFC 5789 and the QUERY draft.
const KNOWN_METHODS: [&str; 10] = [
    "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "CONNECT", "TRACE", "QUERY",
];

/// The fields of a request after its method.
const REQUEST: [(Form, &str); 1] = [(Form::Truth, semconv::THROUGHLINE_PARENT_INFERRED)];

const SERVER: [(Form, &str); 2] = [
    (Form::Text, semconv::SERVER_ADDRESS),
    (Form::Integer, semconv::SERVER_PORT),
];

const RESPONSE: [(Form, &str); 1] = [(Form::Integer, semconv::HTTP_RESPONSE_STATUS_CODE)];

/// What a performance entry of a request says.
/// Source: <https://www.w3.org/TR/resource-timing/#sec-performanceresourcetiming>.
pub(crate) const TIMING: [(Form, &str); 11] = [
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_FETCH_START,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_START,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_DOMAIN_LOOKUP_END,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_CONNECT_START,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_SECURE_CONNECTION_START,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_CONNECT_END,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_REQUEST_START,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_RESPONSE_START,
    ),
    (
        Form::Milliseconds,
        semconv::BROWSER_RESOURCE_TIMING_RESPONSE_END,
    ),
    (Form::Integer, semconv::HTTP_RESPONSE_BODY_SIZE),
    (Form::Text, semconv::NETWORK_PROTOCOL_VERSION),
];

/// Bytes. Of how many requests the browser may owe the timing: each is looked up among all.
const WAITING_LIMIT: usize = 16 * 1024;
/// µs. Browsers round their clocks, and not all entries alike.
const CLOCK_STEP: u64 = 1_000;
/// µs. How long after the call of `fetch` its entry may begin.
const BEGIN_DELAY: u64 = 100_000;
