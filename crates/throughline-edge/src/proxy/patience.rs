//! For how long is an upstream waited for?

use crate::host::Host;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

/// Why waiting ended before the work did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Interrupted {
    /// It took longer than this.
    Late(Duration),
    /// Nobody waits for it any more.
    ClientGone,
}

/// What `work` comes to while its client waits and the limit lasts. Otherwise it is
/// dropped, which gives the request up.
pub(crate) async fn patient<H: Host, T>(
    host: &H,
    limit: Option<Duration>,
    work: impl Future<Output = T>,
) -> Result<T, Interrupted> {
    let mut work = pin!(work);
    let mut gone = pin!(host.client_gone());
    let mut late = pin!(async {
        match limit {
            Some(limit) => {
                host.sleep(limit).await;
                limit
            }
            None => core::future::pending().await,
        }
    });
    poll_fn(|task| {
        // First: a body that breaks off with its sender looks like the upstream's failure.
        if gone.as_mut().poll(task).is_ready() {
            return Poll::Ready(Err(Interrupted::ClientGone));
        }
        if let Poll::Ready(done) = work.as_mut().poll(task) {
            return Poll::Ready(Ok(done));
        }
        late.as_mut()
            .poll(task)
            .map(|limit| Err(Interrupted::Late(limit)))
    })
    .await
}
