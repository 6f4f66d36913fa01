//! How does a request of the page become a span?

use crate::attributes::{self, Form};
use crate::batch::Batch;
use crate::page::Page;
use crate::record::{Fields, hash};
use crate::waiting::{Waiting, is_full};
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, NAME, STATUS};
use throughline_otlp::field::{span_kind, status, status_code};
use throughline_scrub::url_full;
use throughline_semconv as semconv;

/// Requests with an answer that wait for the browser to tell their timing.
#[derive(Debug)]
pub(crate) struct Requests(Vec<Waiting>);

impl Requests {
    /// None.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Takes up a request that was answered or given up.
    pub(crate) fn add(&mut self, page: &Page, fields: Fields<'_>, batch: &mut Batch) {
        if is_full(&self.0) {
            self.finish(page, batch);
        }
        let mut rest = fields;
        // The last bit of a microsecond, so that it is never `TOLD`.
        let [asked, answered] = [rest.number(), rest.number() | 1];
        let trace = hash(rest.text());
        // Span, flags and parent are between.
        let address = hash(without_fragment(rest.skip(3).text()));
        let notes = [asked, answered, trace, address];
        self.0.push(Waiting::new(fields, notes));
    }

    /// Joins a timing to the request it is of; a timing of no known request is let go.
    ///
    /// The address is the same, and the browser began to fetch right after the page asked
    /// it to. Where the server tells which trace it was in, that is the request's. Of
    /// several such, the one that was asked for first began first.
    pub(crate) fn time(&mut self, page: &Page, fields: &mut Fields<'_>, batch: &mut Batch) {
        let address = hash(without_fragment(fields.text()));
        let (told, start) = (fields.text(), fields.number());
        let trace = hash(told);
        for request in &mut self.0 {
            let [asked, answered, own_trace, own_address] = &mut request.notes;
            // Too early wraps around, and is as wrong as too late.
            let begun = (start + CLOCK_STEP).wrapping_sub(*asked);
            if *answered != TOLD
                && begun <= CLOCK_STEP + BEGIN_DELAY
                && address == *own_address
                && (told.is_empty() || trace == *own_trace)
            {
                // It stays where it is: taking it out would move all that come after.
                *answered = TOLD;
                span(page, request.fields(), Some(*fields), batch);
                return;
            }
        }
    }

    /// Finishes all requests, timing or not.
    pub(crate) fn finish(&mut self, page: &Page, batch: &mut Batch) {
        for request in &self.0 {
            if request.notes[1] != TOLD {
                span(page, request.fields(), None, batch);
            }
        }
        self.0.clear();
    }

    /// Whether none was taken up since they were finished.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a request that waits was answered after `since`.
    pub(crate) fn answered_after(&self, since: u64) -> bool {
        self.0.iter().any(|request| request.notes[1] > since)
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

/// When a request was answered that is a span already.
const TOLD: u64 = 0;
/// µs. Browsers round their clocks, and not all entries alike.
const CLOCK_STEP: u64 = 1_000;
/// µs. How long after the call of `fetch` its entry may begin.
const BEGIN_DELAY: u64 = 100_000;
