//! How does an exchange end, even when its client does not wait?

use super::queue::SpanQueue;
use super::span::{End, Exchange};
use crate::host::Host;

/// An exchange under way. When the client goes away the host drops the work, and with
/// it this: what took too long for someone to wait is worth a span most of all.
#[must_use = "dropping it says that the client went away"]
pub(crate) struct Watched<'a, H: Host> {
    host: &'a H,
    spans: &'a SpanQueue,
    /// Until it is told.
    exchange: Option<Exchange<'a>>,
}

impl<'a, H: Host> Watched<'a, H> {
    pub(crate) fn begin(host: &'a H, spans: &'a SpanQueue, exchange: Exchange<'a>) -> Self {
        // A trace that its caller does not record goes on unrecorded.
        let sampled = exchange.server.flags.is_sampled();
        Self {
            host,
            spans,
            exchange: sampled.then_some(exchange),
        }
    }

    /// It came to an end of its own.
    pub(crate) fn end(mut self, end: End<'_>) {
        self.tell(end);
    }

    fn tell(&mut self, end: End<'_>) {
        if let Some(exchange) = self.exchange.take() {
            self.spans.push(self.host, &exchange, end);
        }
    }
}

impl<H: Host> Drop for Watched<'_, H> {
    fn drop(&mut self) {
        self.tell(End::ClientGone);
    }
}
