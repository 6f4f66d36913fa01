//! The trace that the load of this document belongs to, and its span.

use super::page::{Clock, Fact, Navigation, Page};
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use throughline_trace_context::Traceparent;
use throughline_wire::facts::document_load;

/// The load of the document.
#[derive(Debug)]
pub(crate) struct DocumentLoad {
    /// The context of its span.
    pub(crate) context: SpanContext,
    /// The id of the server's span that sent the document.
    parent: Option<SpanId>,
    is_recorded: bool,
}

impl DocumentLoad {
    /// Finds the trace: that of the JavaScript package; that of the server which sent the document,
    /// if `Server-Timing` or `<meta name="traceparent">` names it; or a new one.
    pub(crate) fn identify(page: &dyn Page, script: Option<SpanContext>) -> Self {
        if let Some(context) = script {
            return Self {
                context,
                parent: None,
                // The JavaScript does it.
                is_recorded: true,
            };
        }
        let navigation = page.navigation().unwrap_or_default();
        // A document from a cache names the trace of the load that filled the cache.
        let parent = (!navigation.is_cached()).then(|| {
            let named = navigation.server_timing.iter().find(|entry| {
                let is = |name| entry.name.eq_ignore_ascii_case(name);
                is("trace") || is("traceparent")
            });
            let header = named.map(|entry| entry.description.clone());
            header
                .and_then(|text| parse(&text))
                .or_else(|| parse(page.meta_traceparent()?.trim()))
        });
        let parent = parent.flatten();
        Self {
            context: child(page, parent.as_ref()),
            parent: parent.map(|parent| parent.span_id()),
            is_recorded: false,
        }
    }

    /// The fact of the load, once.
    pub(crate) fn record(
        &mut self,
        navigation: Option<&Navigation>,
        clock: Clock,
    ) -> Option<String> {
        let timing = navigation.filter(|_| !self.is_recorded)?;
        self.is_recorded = true;
        // A connection that was open already passes these phases in no time.
        let connects = timing.connect_end > timing.fetch_start;
        let connecting = |at| if connects { micros(at) } else { 0 };
        let end = match micros(timing.load_event_end) {
            0 => clock.elapsed,
            end => end,
        };
        let parent = self.parent.map(|id| id.to_string()).unwrap_or_default();
        let fact = Fact::new(document_load::KIND)
            .value(0)
            .value(end)
            .span(Some(&self.context))
            .text(&parent)
            .text("documentLoad")
            .value(micros(timing.fetch_start))
            .value(connecting(timing.domain_lookup_start))
            .value(connecting(timing.domain_lookup_end))
            .value(connecting(timing.connect_start))
            .value(connecting(timing.secure_connection_start))
            .value(connecting(timing.connect_end))
            .value(micros(timing.request_start))
            .value(micros(timing.response_start))
            .value(micros(timing.response_end))
            .value(timing.encoded_body_size as u64)
            .text(http_version(&timing.next_hop_protocol));
        Some(fact.end())
    }
}

/// A new span below `parent`, or the first of a new trace: sampled, and its id is random.
pub(crate) fn child(page: &dyn Page, parent: Option<&SpanContext>) -> SpanContext {
    let trace_id = parent.map_or_else(|| TraceId::from_bytes(random(page)), SpanContext::trace_id);
    // The page records its own spans, so they are sampled. The random bit belongs to the trace:
    // https://www.w3.org/TR/trace-context-2/#random-trace-id-flag
    let random_bit = parent.map_or(RANDOM, |parent| parent.trace_flags().to_u8() & RANDOM);
    let state = parent.map_or(TraceState::NONE, |parent| parent.trace_state().clone());
    let flags = TraceFlags::new(random_bit | SAMPLED);
    let span_id = SpanId::from_bytes(random(page));
    SpanContext::new(trace_id, span_id, flags, false, state)
}

/// Reads a `traceparent`.
pub(crate) fn parse(text: &str) -> Option<SpanContext> {
    let parsed = Traceparent::parse(text).ok()?;
    Some(SpanContext::new(
        TraceId::from_bytes(*parsed.trace_id.as_bytes()),
        SpanId::from_bytes(*parsed.parent_id.as_bytes()),
        TraceFlags::new(parsed.flags.bits()),
        true,
        TraceState::NONE,
    ))
}

/// Formats a `traceparent`.
pub(crate) fn format(span: &SpanContext) -> String {
    let (trace, id) = (span.trace_id(), span.span_id());
    format!("00-{trace}-{id}-{:02x}", span.trace_flags().to_u8())
}

/// Random bytes, never zeros alone, which are no id.
pub(crate) fn random<const N: usize>(page: &dyn Page) -> [u8; N] {
    let mut bytes = [0; N];
    page.random(&mut bytes);
    if let Some(first) = bytes.first_mut() {
        *first |= 0x10;
    }
    bytes
}

/// `h2`, `http/1.1`: <https://www.iana.org/assignments/tls-extensiontype-values>
fn http_version(protocol: &str) -> &str {
    let version = protocol
        .strip_prefix("http/")
        .or_else(|| protocol.strip_prefix('h'));
    version
        .filter(|text| text.starts_with(|one: char| one.is_ascii_digit()))
        .unwrap_or_default()
}

fn micros(ms: f64) -> u64 {
    (ms * 1000.0).round() as u64
}

const SAMPLED: u8 = 1;
const RANDOM: u8 = 2;
