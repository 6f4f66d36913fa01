//! A time limit for a future.

use super::Clock;
use core::future::{Future, poll_fn};
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;

/// The output of `work`, or `None` when it takes longer than `limit`; then it is dropped.
pub(crate) async fn timeout<T>(
    clock: &impl Clock,
    limit: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    let mut limit = pin!(clock.sleep(limit));
    poll_fn(|task| match work.as_mut().poll(task) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => limit.as_mut().poll(task).map(|()| None),
    })
    .await
}
