//! Waits for an upstream while its client waits, up to a time limit.

use crate::host::{ClientConnection, Host};
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

/// Why the wait ended before the work did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interrupted {
    /// The work took longer than this limit.
    Timeout(Duration),
    /// The client no longer waits.
    ClientGone,
}

/// The output of `work`, unless the client goes away or the limit is over first: then it
/// is dropped, which cancels the request.
pub(crate) async fn while_client_waits<H: Host, T>(
    host: &H,
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, Interrupted> {
    let mut work = pin!(work);
    let mut gone = pin!(async {
        match host.client() {
            Some(client) => client.closed().await,
            None => core::future::pending().await,
        }
    });
    let mut expired = pin!(async {
        match limit {
            Some(limit) => {
                host.sleep(limit).await;
                limit
            }
            None => core::future::pending().await,
        }
    });
    poll_fn(|task| {
        // First: a body that ends early with its sender looks like the upstream's failure.
        if gone.as_mut().poll(task).is_ready() {
            return Poll::Ready(Err(Interrupted::ClientGone));
        }
        if let Poll::Ready(done) = work.as_mut().poll(task) {
            return Poll::Ready(Ok(done));
        }
        (expired.as_mut().poll(task)).map(|limit| Err(Interrupted::Timeout(limit)))
    })
    .await
}
