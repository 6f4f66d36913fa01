//! Was it done in time?

use crate::host::Host;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

/// What `work` comes to, or `None` when it takes longer than `limit`; then it is dropped.
pub(crate) async fn within<H: Host, T>(
    host: &H,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let mut limit = pin!(host.sleep(limit));
    poll_fn(|task| match work.as_mut().poll(task) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => limit.as_mut().poll(task).map(|()| None),
    })
    .await
}
