//! Records the spans of an exchange when it ends, or when it is dropped.

use super::queue::SpanQueue;
use super::span::{End, Exchange};
use crate::host::Host;
use crate::log_limit::LogLimit;
use crate::shield::shielded;
use throughline_otlp::field::scope_group;

/// An exchange in progress. A host drops it when the client goes away; then it records its
/// spans with the end [`End::ClientGone`]: an exchange that took too long matters most.
#[must_use = "dropping it records that the client went away"]
pub(crate) struct OpenExchange<'a, H: Host> {
    host: &'a H,
    spans: &'a SpanQueue,
    log_limit: &'a LogLimit,
    /// `None` once its spans are recorded, or when it is not sampled.
    exchange: Option<Exchange<'a>>,
}

impl<'a, H: Host> OpenExchange<'a, H> {
    pub(crate) fn begin(
        host: &'a H,
        spans: &'a SpanQueue,
        log_limit: &'a LogLimit,
        exchange: Exchange<'a>,
    ) -> Self {
        // A trace that its caller does not record is not recorded here either.
        let sampled = exchange.begun.server.flags.is_sampled();
        Self {
            host,
            spans,
            log_limit,
            exchange: sampled.then_some(exchange),
        }
    }

    /// Records the spans of an exchange that the host did not drop.
    pub(crate) fn end(mut self, end: End<'_>) {
        self.record(end);
    }

    fn record(&mut self, end: End<'_>) {
        if let Some(exchange) = self.exchange.take() {
            shielded(self.host, self.log_limit, || {
                self.spans.push(self.host, |writer, now| {
                    exchange.write(scope_group::RECORD, now, end, writer)
                });
            });
        }
    }
}

impl<H: Host> Drop for OpenExchange<'_, H> {
    fn drop(&mut self) {
        self.record(End::ClientGone);
    }
}
