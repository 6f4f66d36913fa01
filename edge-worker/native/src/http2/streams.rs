//! Counts the open requests of one connection in HTTP/2.

use super::unread::while_read;
use crate::background::Background;
use hyper::rt::Executor;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// Runs the requests of one connection, each with its response to the last byte. Clones are
/// those of the same connection.
#[derive(Debug, Clone)]
pub(super) struct Streams {
    background: Background,
    open: Rc<watch::Sender<usize>>,
}

impl Streams {
    pub(super) fn new(background: &Background) -> Self {
        Self {
            background: background.clone(),
            open: Rc::new(watch::Sender::new(0)),
        }
    }

    /// Waits until no request is open.
    pub(super) async fn all_ended(&self) {
        let mut open = self.open.subscribe();
        // The sender lives as long as this.
        let _ = open.wait_for(|open| *open == 0).await;
    }

    /// Waits until no request has been open for this time.
    pub(super) async fn unused_for(&self, time: Duration) {
        let mut changes = self.open.subscribe();
        loop {
            self.all_ended().await;
            changes.mark_unchanged();
            tokio::select! {
                () = sleep(time) => return,
                _ = changes.changed() => {}
            }
        }
    }
}

impl<F> Executor<F> for Streams
where
    F: Future<Output = ()> + 'static,
{
    fn execute(&self, stream: F) {
        let open = OpenStream::new(&self.open);
        self.background.spawn(async move {
            while_read(stream).await;
            drop(open);
        });
    }
}

/// Counts one request until it is dropped, however it ends.
struct OpenStream(Rc<watch::Sender<usize>>);

impl OpenStream {
    fn new(open: &Rc<watch::Sender<usize>>) -> Self {
        open.send_modify(|open| *open += 1);
        Self(Rc::clone(open))
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open = open.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::task::LocalSet;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_unused_since_its_last_request_has_ended() {
        let streams = Streams::new(&Background::default());
        let begun = Instant::now();
        let requests = async {
            streams.execute(sleep(Duration::from_secs(5)));
            sleep(Duration::from_secs(6)).await;
            streams.execute(sleep(Duration::from_secs(1)));
        };
        let unused = streams.unused_for(Duration::from_secs(2));
        LocalSet::new()
            .run_until(async { tokio::join!(requests, unused) })
            .await;
        assert_eq!(begun.elapsed(), Duration::from_secs(9));
    }
}
