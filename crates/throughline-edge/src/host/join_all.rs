//! Several futures at once.

use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::Poll;

/// Ends when all of them have ended. None waits for another.
pub(crate) async fn join_all<F: Future<Output = ()>>(all: impl IntoIterator<Item = F>) {
    let mut left: Vec<Pin<Box<F>>> = all.into_iter().map(Box::pin).collect();
    poll_fn(|task| {
        left.retain_mut(|future| future.as_mut().poll(task).is_pending());
        match left.is_empty() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}
