//! Joins requests with the timings that the browser reports later.

use super::output::{Output, push_field, push_number};
use crate::text::{Fields, hash};
use alloc::string::String;
use alloc::vec::Vec;
use throughline_wire::facts::{request, request_timing, span_ids, timing};

/// Requests that wait for their timing, and some that were written without: theirs may still
/// come, and must not be taken for another's.
#[derive(Debug)]
pub(super) struct Requests {
    all: Vec<Request>,
    /// Whether a timing has named the span of its request. Where nobody between page and server writes
    /// `traceparent` anew, each timing of that server does.
    are_named: bool,
}

/// A request that has ended: with a response, or given up.
#[derive(Debug)]
struct Request {
    /// When the page asked and when it had the response, µs.
    times: [u64; 2],
    /// Hashes of its trace and its address; 0 of one that has its timing.
    trace: u64,
    address: u64,
    /// The record, redacted; empty once it is written.
    record: String,
    /// The context of the moment when it was recorded, whatever the page's is by now.
    context: String,
}

impl Requests {
    /// No requests.
    pub(super) const fn new() -> Self {
        Self {
            all: Vec::new(),
            are_named: false,
        }
    }

    /// Adds a request that has ended: with a response, or given up. `fields` are those that the
    /// page has recorded, `redacted` is what is sent of them.
    pub(super) fn add(
        &mut self,
        context: &str,
        fields: &Fields<'_>,
        redacted: String,
        output: &mut Output,
    ) {
        if self.all.len() > MOST {
            self.finish(output);
        }
        self.all.push(Request {
            times: [fields.number(request::START), fields.number(request::END)],
            trace: hash(fields.text(TRACE)),
            address: hash(without_fragment(fields.text(request::URL))),
            record: redacted,
            context: context.into(),
        });
    }

    /// Joins a timing to its request, if no other one is possible: two requests never exchange
    /// timings.
    ///
    /// The addresses are equal, the browser began to fetch right after the page asked, and the
    /// response began before the page had it. Where the server names a trace, it is the request's, and
    /// where it names the span of a request, that one is meant. A span that no request has is that of
    /// something between page and server.
    pub(super) fn time(&mut self, fields: &Fields<'_>, output: &mut Output) {
        let address = hash(without_fragment(fields.text(request_timing::URL)));
        let server_trace = fields.text(request_timing::TRACE);
        let start = fields.number(request_timing::START);
        let response = fields.number(request_timing::TIMING + timing::RESPONSE_START);
        let trace = hash(server_trace);
        let server_span = fields.text(request_timing::REQUEST_SPAN);
        let (mut found, mut others) = (None, self.are_named && !server_span.is_empty());
        for request in &mut self.all {
            let [called, responded] = request.times;
            // One that is written has no record, and needs none.
            let is_named =
                !server_span.is_empty() && Fields::of(&request.record).text(SPAN) == server_span;
            // Too early wraps around, and is as wrong as too late. A browser may let an equal request
            // wait for the first one.
            let delay = (start + CLOCK_STEP).wrapping_sub(called);
            let longest = if is_named { LONGEST } else { BEGIN_DELAY };
            if delay > CLOCK_STEP + longest
                || response > responded + CLOCK_STEP
                || address != request.address
                || !server_trace.is_empty() && trace != request.trace
            {
                continue;
            }
            if is_named {
                (found, others) = (Some(request), false);
                self.are_named = true;
                break;
            }
            others |= found.replace(request).is_some();
        }
        if let (Some(request), false) = (found, others) {
            // The request stays in the list: to take it out would move all that come after.
            request.address = 0;
            request.end(Some(fields), output);
        }
    }

    /// Appends all requests, with a timing or without.
    pub(super) fn finish(&mut self, output: &mut Output) {
        for request in &mut self.all {
            request.end(None, output);
        }
        if self.all.len() > MOST / 2 {
            self.all.clear();
        }
    }

    /// Whether no request was added since the last `finish`.
    pub(super) fn is_empty(&self) -> bool {
        !self.responded_after(0)
    }

    /// Whether a request that waits had its response after `since`.
    pub(super) fn responded_after(&self, since: u64) -> bool {
        let mut waiting = self.all.iter().filter(|request| !request.record.is_empty());
        waiting.any(|request| request.times[1] > since)
    }
}

impl Request {
    /// Appends the request, once.
    fn end(&mut self, timed: Option<&Fields<'_>>, output: &mut Output) {
        let record = core::mem::take(&mut self.record);
        let context = core::mem::take(&mut self.context);
        if record.is_empty() {
            return;
        }
        let Some(timed) = timed else {
            return output.push(&context, &record);
        };
        let fields = Fields::of(&record);
        let mut joined = String::from(fields.text(0));
        for position in 1..request::FETCH_START {
            if position == request::END {
                // A request ends with its body, where the browser reports that time.
                let end = self.times[1].max(timed.number(request_timing::END));
                push_number(&mut joined, end);
            } else {
                push_field(&mut joined, fields.text(position));
            }
        }
        for position in 0..=timing::HTTP_VERSION {
            push_field(&mut joined, timed.text(request_timing::TIMING + position));
        }
        output.push(&context, &joined);
    }
}

fn without_fragment(url: &str) -> &str {
    let end = url.bytes().position(|byte| byte == b'#');
    end.and_then(|end| url.get(..end)).unwrap_or(url)
}

/// The position of a request's trace id.
const TRACE: usize = request::SPAN_IDS + span_ids::TRACE;
/// The position of its span id.
const SPAN: usize = request::SPAN_IDS + span_ids::SPAN;
/// µs. How long after it a request of which the server has named the span may begin: an hour.
const LONGEST: u64 = 3_600_000_000;
/// µs. Browsers round their clocks, and not all entries alike.
const CLOCK_STEP: u64 = 1_000;
/// µs. How long after the page has asked the browser may begin.
const BEGIN_DELAY: u64 = 100_000;
/// How many requests are kept. All of them may be written at once, and each timing is compared
/// with all, which must not take long.
const MOST: usize = 80;
