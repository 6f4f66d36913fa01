//! How does a request of the page become a span?

use crate::batch::{Batch, SpanContext, begin_span};
use crate::context::Context;
use crate::record::{Fields, number};
use crate::timing::Timing;
use alloc::string::String;
use alloc::vec::Vec;
use throughline_otlp::attribute;
use throughline_otlp::field::span::{ATTRIBUTES, END_TIME_UNIX_NANO, STATUS};
use throughline_otlp::field::{span_kind, status, status_code};
use throughline_otlp::protobuf::Writer;
use throughline_scrub::url_full;
use throughline_semconv as semconv;
use throughline_trace_context::TraceId;

/// Requests with an answer that wait for the browser to tell their timing.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    waiting: Vec<Request>,
}

#[derive(Debug)]
struct Request {
    trace_id: TraceId,
    /// As the performance entry will name it.
    address: String,
    start: u64,
    end: u64,
    end_unix_nano: u64,
    /// The span, except its end and what the timing adds.
    span: Writer,
}

impl Requests {
    /// Takes up a request that was answered or given up.
    pub(crate) fn add(
        &mut self,
        context: &Context,
        fields: &mut Fields<'_>,
        batch: &mut Batch,
    ) -> Option<()> {
        let start = fields.number()?;
        let end = fields.number()?;
        let own = SpanContext::read(fields)?;
        let parent = fields.text();
        let inferred = fields.text();
        let method = fields.text();
        let url = fields.text();
        let response = fields.text();
        let error = fields.text();

        let known = known_method(method);
        let name = known.unwrap_or("HTTP");
        let mut span = begin_span(context, own, parent, span_kind::CLIENT, name, start);
        text(
            &mut span,
            semconv::HTTP_REQUEST_METHOD,
            known.unwrap_or("_OTHER"),
        );
        if known.is_none() {
            text(&mut span, semconv::HTTP_REQUEST_METHOD_ORIGINAL, method);
        }
        text(&mut span, semconv::URL_FULL, &url_full(url));
        if let Some((host, port)) = server(url) {
            text(&mut span, semconv::SERVER_ADDRESS, host);
            attribute::int(&mut span, ATTRIBUTES, semconv::SERVER_PORT, port);
        }
        if let Some(code) = number(response) {
            let code = code.cast_signed();
            attribute::int(
                &mut span,
                ATTRIBUTES,
                semconv::HTTP_RESPONSE_STATUS_CODE,
                code,
            );
        }
        // On a client's span 4xx is an error too; an aborted request is none.
        // https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
        let failed = number(response).is_some_and(|code| code >= 400);
        let error = if failed { response } else { error };
        if !error.is_empty() {
            text(&mut span, semconv::ERROR_TYPE, error);
            let open = span.open(STATUS);
            span.varint(status::CODE, status_code::ERROR);
            span.close(open);
        }
        if !inferred.is_empty() {
            attribute::bool(
                &mut span,
                ATTRIBUTES,
                semconv::THROUGHLINE_PARENT_INFERRED,
                true,
            );
        }
        if self.waiting.len() == WAITING_LIMIT {
            self.waiting.remove(0).finish(batch);
        }
        self.waiting.push(Request {
            trace_id: own.trace_id,
            address: without_fragment(url).into(),
            start,
            end,
            end_unix_nano: context.unix_nano(end),
            span,
        });
        Some(())
    }

    /// Joins a timing to the request it is of; a timing of no known request is let go.
    ///
    /// The address is the same, and the browser began to fetch right after the page asked
    /// it to. Where the server tells which trace it was in, that is the request's. Of
    /// several such, the one that was asked for first began first.
    pub(crate) fn time(
        &mut self,
        context: &Context,
        batch: &mut Batch,
        url: &str,
        timing: &Timing<'_>,
    ) {
        let address = without_fragment(url);
        let found = self.waiting.iter().position(|request| {
            request.address == address
                && timing.start + CLOCK_STEP >= request.start
                && timing.start <= request.start + BEGIN_DELAY
                && timing
                    .server_trace
                    .is_none_or(|trace| trace == request.trace_id)
        });
        if let Some(found) = found {
            let mut request = self.waiting.remove(found);
            timing.write(&mut request.span);
            let end = context.unix_nano(timing.response_end);
            request.end_unix_nano = request.end_unix_nano.max(end);
            request.finish(batch);
        }
    }

    /// Finishes all requests, timing or not.
    pub(crate) fn finish(&mut self, batch: &mut Batch) {
        for request in core::mem::take(&mut self.waiting) {
            request.finish(batch);
        }
    }

    /// Whether a request was answered after `since`.
    pub(crate) fn answered_after(&self, since: u64) -> bool {
        self.waiting.iter().any(|request| request.end > since)
    }

    /// How many wait.
    pub(crate) const fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many bytes they have, without the timing.
    pub(crate) fn bytes(&self) -> usize {
        let bytes = self.waiting.iter().map(|one| one.span.as_bytes().len());
        bytes.sum()
    }
}

impl Request {
    fn finish(mut self, batch: &mut Batch) {
        self.span.fixed64(END_TIME_UNIX_NANO, self.end_unix_nano);
        batch.push_span(self.span.as_bytes());
    }
}

fn text(span: &mut Writer, key: &str, value: &str) {
    attribute::string(span, ATTRIBUTES, key, value);
}

/// The method in capitals, when it is one of RFC 9110 or PATCH. `fetch` capitalises six of
/// them whatever the page wrote, and `patch` is one it leaves alone:
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>.
fn known_method(method: &str) -> Option<&'static str> {
    NORMALIZED
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(method))
        .or_else(|| AS_WRITTEN.into_iter().find(|&known| known == method))
}

/// Host and port out of an address as `URL.href` spells it.
fn server(url: &str) -> Option<(&str, i64)> {
    let bytes = url.as_bytes();
    let colon = bytes.iter().position(|&byte| byte == b':')?;
    let (scheme, rest) = (url.get(..colon)?, url.get(colon + 3..)?);
    let end = rest
        .bytes()
        .position(|byte| matches!(byte, b'/' | b'?' | b'#'))
        .unwrap_or(rest.len());
    let authority = rest.get(..end)?;
    let host_at = authority.bytes().rposition(|byte| byte == b'@');
    let host = authority.get(host_at.map_or(0, |at| at + 1)..)?;
    // An IPv6 address has colons of its own, in brackets.
    let port_at = host
        .bytes()
        .rposition(|byte| byte == b':' || byte == b']')
        .filter(|&at| host.as_bytes()[at] == b':');
    let (host, port) = match port_at {
        Some(at) => (host.get(..at)?, number(host.get(at + 1..)?)?.cast_signed()),
        None => (host, if scheme == "https" { 443 } else { 80 }),
    };
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    Some((bare.unwrap_or(host), port))
}

fn without_fragment(url: &str) -> &str {
    let end = url.bytes().position(|byte| byte == b'#');
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

const NORMALIZED: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"];
const AS_WRITTEN: [&str; 4] = ["PATCH", "CONNECT", "TRACE", "QUERY"];
/// How many timings the browser may owe: each is looked up among all.
const WAITING_LIMIT: usize = 64;
/// µs. Browsers round their clocks, and not all entries alike.
const CLOCK_STEP: u64 = 1_000;
/// µs. How long after the call of `fetch` its entry may begin.
const BEGIN_DELAY: u64 = 100_000;
