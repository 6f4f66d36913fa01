//! Waits until what was recorded is settled.

use super::client::{Client, with};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Sends what waits; resolves when it was accepted or dropped, in fifteen seconds at the latest.
pub async fn flush() {
    let until = with(|client| {
        client.close();
        client.work();
        client.page().clock().ms() + FLUSH_MS
    });
    if let Some(until) = until {
        Flushed { until }.await;
    }
}

struct Flushed {
    /// ms since the page's time origin.
    until: u64,
}

impl Future for Flushed {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let waits = |client: &mut Client| !client.is_flushed(self.until, context.waker());
        match with(waits) {
            Some(true) => Poll::Pending,
            _ => Poll::Ready(()),
        }
    }
}

const FLUSH_MS: u64 = 15_000;
