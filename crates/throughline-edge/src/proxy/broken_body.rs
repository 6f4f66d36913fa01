//! Responses whose body breaks off after their head: a span of their own.
//!
//! The spans of a request end with the head of its response. What comes after is passed on by
//! the host, and where that sees a body break off it says so.

use super::queue::SpanQueue;
use super::span::write_error;
use crate::host::{Host, Level};
use crate::log_limit::LogLimit;
use crate::shield::shielded;
use crate::trace;
use http::Uri;
use std::sync::Arc;
use throughline_otlp::attribute;
use throughline_otlp::field::{scope_group, span, span_kind};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_trace_context::SpanContext;

/// Among the extensions of a response with the body of an upstream. A host that passes the body
/// on, and sees it break off, gives this to [`Edge::body_broke_off`].
///
/// [`Edge::body_broke_off`]: crate::Edge::body_broke_off
#[derive(Debug, Clone)]
pub struct PassedBody(Arc<Passed>);

#[derive(Debug)]
struct Passed {
    /// The span of the request to the upstream; `None` without spans.
    client: Option<SpanContext>,
    /// The upstream's address.
    uri: Uri,
    /// The route, for the log.
    pattern: Box<str>,
    /// When the head had arrived, in ns since the Unix epoch.
    begun_unix_nano: u64,
}

impl PassedBody {
    pub(super) fn new<H: Host>(
        host: &H,
        client: Option<&SpanContext>,
        uri: &Uri,
        pattern: &str,
    ) -> Self {
        Self(Arc::new(Passed {
            client: client.filter(|span| span.flags.is_sampled()).cloned(),
            uri: uri.clone(),
            pattern: pattern.into(),
            begun_unix_nano: host.now_unix_nano(),
        }))
    }

    /// Logs that the body broke off, and records its span.
    pub(super) fn broke_off<H: Host>(&self, host: &H, spans: &SpanQueue, log_limit: &LogLimit) {
        let Passed { uri, pattern, .. } = &*self.0;
        let upstream = uri.authority().map_or("", |authority| authority.as_str());
        let kind = format!("upstream {upstream} of {pattern}, {BROKEN}");
        log_limit.log(host, Level::Warning, kind, || {
            format!("upstream {upstream} of {pattern}: the body of a response broke off; the client got a part of it")
        });
        shielded(host, log_limit, || {
            if let Some(client) = &self.0.client
                && let Ok(own) = trace::child(host, client)
            {
                spans.push(host, |writer, now| self.write(client, &own, now, writer));
            }
        });
    }

    fn write(&self, client: &SpanContext, own: &SpanContext, now: u64, writer: &mut Writer) -> u64 {
        let open = writer.open(scope_group::RECORD);
        writer.bytes(span::TRACE_ID, own.trace_id.as_bytes());
        writer.bytes(span::SPAN_ID, own.span_id.as_bytes());
        writer.string(span::TRACE_STATE, own.tracestate.as_str());
        writer.bytes(span::PARENT_SPAN_ID, client.span_id.as_bytes());
        writer.fixed32(span::FLAGS, super::span::local_flags(own));
        writer.string(span::NAME, "response body");
        writer.varint(span::KIND, span_kind::INTERNAL);
        writer.fixed64(span::START_TIME_UNIX_NANO, self.0.begun_unix_nano);
        writer.fixed64(span::END_TIME_UNIX_NANO, now);
        let url = self.0.uri.to_string();
        let url = throughline_scrub::url_full(&url);
        attribute::string(writer, span::ATTRIBUTES, semconv::URL_FULL, &url);
        write_error(writer, BROKEN);
        writer.close(open);
        1
    }
}

/// The value of `error.type`.
const BROKEN: &str = "response_ended";
