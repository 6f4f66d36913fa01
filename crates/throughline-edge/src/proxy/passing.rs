//! Requests that a platform forwards by itself, in two steps: the edge is asked before, and told of
//! the response after, perhaps in another process. CloudFront does so with Lambda@Edge.
//!
//! The state that the second step needs travels with the request: the span of the request to the
//! upstream in `traceparent`, and the rest as a text that the platform keeps.

use super::open_exchange::OpenExchange;
use super::span::{End, Exchange};
use super::{Forwarded, Proxy, server_timing};
use crate::host::Host;
use crate::shield::shielded;
use crate::trace::{self, Begun, Named};
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::response;
use throughline_trace_context::propagator::{TRACEPARENT, TRACESTATE};
use throughline_trace_context::xray::X_AMZN_TRACE_ID;
use throughline_trace_context::{SpanContext, SpanId, Traceparent};

/// The changes that the edge wants of a request that its platform forwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passing {
    /// The headers that change: the new value, or `None` where the header goes no further.
    pub changes: Vec<(HeaderName, Option<HeaderValue>)>,
    /// The state that the second step needs, as a header value.
    pub state: String,
}

impl Proxy {
    /// Begins the spans of a request; `None` when there is no randomness for their ids.
    pub(crate) fn begin_passing<H: Host>(
        &self,
        host: &H,
        request: &Forwarded<'_, ()>,
    ) -> Option<Passing> {
        let begun = shielded(host, &self.log_limit, || {
            let named = Named::by(&request.head.headers);
            Begun::new(host, named, self.continues(request)).ok()
        });
        let begun = begun.flatten()?;
        let mut headers = request.head.headers.clone();
        trace::inject(&begun.client, &mut headers);
        self.border.filter_baggage(&mut headers);
        Some(Passing {
            changes: changes(&request.head.headers, &headers),
            state: encode(&begun, host.now_unix_nano()),
        })
    }

    /// Ends the spans of a request, as it was forwarded, and names the server's to the page.
    /// Nothing happens when `state` is none of the first step's.
    pub(crate) fn end_passing<H: Host>(
        &self,
        host: &H,
        request: &Forwarded<'_, ()>,
        state: &str,
        response: &mut response::Parts,
    ) {
        let decoded = trace::parent(&request.head.headers).and_then(|client| decode(state, client));
        let Some((begun, start_unix_nano)) = decoded else {
            return;
        };
        let uri = request.route.upstream_uri(&request.head.uri);
        let exchange = Exchange {
            head: request.head,
            caller: request.caller,
            route: request.route,
            uri: &uri,
            begun: &begun,
            start_unix_nano,
        };
        let open = OpenExchange::begin(host, &self.spans, &self.log_limit, exchange);
        open.end(End::Response(response.status));
        server_timing::append(&begun, request.page.as_ref(), &mut response.headers);
    }
}

/// The headers that differ.
fn changes(before: &HeaderMap, after: &HeaderMap) -> Vec<(HeaderName, Option<HeaderValue>)> {
    let names = [TRACEPARENT, TRACESTATE, X_AMZN_TRACE_ID, BAGGAGE];
    let names = names.into_iter().map(HeaderName::from_static);
    names
        .filter(|name| !before.get_all(name).iter().eq(after.get_all(name).iter()))
        .map(|name| {
            let value = after.get(&name).cloned();
            (name, value)
        })
        .collect()
}

/// The start in ns since the Unix epoch, the server's span, and the caller's with its relation to
/// that.
fn encode(begun: &Begun, start_unix_nano: u64) -> String {
    let server = begun.server.span_id.to_hex();
    let server = server.as_str();
    let caller = |relation, caller: &SpanContext| {
        let traceparent = caller.traceparent().format();
        format!(
            "{start_unix_nano:x}.{server}.{relation}.{}",
            traceparent.as_str()
        )
    };
    match (&begun.parent, &begun.link) {
        (Some(parent), _) => caller(PARENT, parent),
        (None, Some(link)) => caller(LINK, link),
        (None, None) => format!("{start_unix_nano:x}.{server}"),
    }
}

fn decode(state: &str, client: SpanContext) -> Option<(Begun, u64)> {
    let mut parts = state.split('.');
    let start_unix_nano = u64::from_str_radix(parts.next()?, 16).ok()?;
    let server = SpanContext {
        span_id: SpanId::from_hex(parts.next()?)?,
        ..client.clone()
    };
    let relation = parts.next();
    let caller = match relation {
        None => None,
        Some(_) => Some(caller(parts.next()?)?),
    };
    let (parent, link) = match relation {
        None => (None, None),
        Some(PARENT) => (caller, None),
        Some(LINK) => (None, caller),
        Some(_) => return None,
    };
    let begun = Begun {
        server,
        client,
        parent,
        link,
    };
    parts.next().is_none().then_some((begun, start_unix_nano))
}

fn caller(text: &str) -> Option<SpanContext> {
    let caller = Traceparent::parse(text).ok()?;
    Some(SpanContext {
        is_remote: true,
        ..SpanContext::root(caller.trace_id, caller.parent_id, caller.flags)
    })
}

const PARENT: &str = "parent";
const LINK: &str = "link";
const BAGGAGE: &str = "baggage";
