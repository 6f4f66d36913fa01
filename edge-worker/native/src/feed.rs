//! For how long does a page hear of news?

use crate::body::SendError;
use crate::connection::Client;
use bytes::Bytes;
use http_body::Frame;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use throughline_viewer::Events;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep};

/// The viewer's events, until the page is closed or the program ends.
pub(crate) struct Feed {
    events: Events,
    ending: watch::Receiver<bool>,
    gone: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// When something is to be said even if there is nothing new.
    silence: Pin<Box<Sleep>>,
}

impl Feed {
    pub(crate) fn new(events: Events, ending: watch::Receiver<bool>, client: &Client) -> Self {
        let client = client.clone();
        Self::until(events, ending, async move { client.gone().await })
    }

    fn until(
        events: Events,
        ending: watch::Receiver<bool>,
        gone: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        Self {
            events,
            ending,
            gone: Box::pin(gone),
            silence: Box::pin(sleep(HEARTBEAT)),
        }
    }

    pub(crate) fn poll(
        &mut self,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        let is_ending = pin!(self.ending.wait_for(|ending| *ending))
            .poll(task)
            .is_ready();
        if is_ending {
            return Poll::Ready(None);
        }
        if self.gone.as_mut().poll(task).is_ready() {
            return Poll::Ready(Some(Err(SendError::ClientGone)));
        }
        let said = match self.events.poll_next(task) {
            Poll::Ready(event) => event,
            Poll::Pending => match self.silence.as_mut().poll(task) {
                Poll::Ready(()) => Bytes::from_static(COMMENT),
                Poll::Pending => return Poll::Pending,
            },
        };
        self.silence.as_mut().reset(Instant::now() + HEARTBEAT);
        Poll::Ready(Some(Ok(Frame::data(said))))
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Feed")
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}

/// Proxies cut a connection that is silent for longer, and one whose other end went away
/// without a word is found out by what is sent on it.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes>
const HEARTBEAT: Duration = Duration::from_secs(15);
/// What an `EventSource` passes over.
const COMMENT: &[u8] = b":\n\n";

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Method, Uri};
    use std::future::{pending, poll_fn};
    use throughline_viewer::{Answer, Store, respond};

    async fn next(feed: &mut Feed) -> Option<String> {
        let frame = poll_fn(|task| feed.poll(task)).await?;
        let said = frame.expect("it goes on").into_data().expect("data");
        Some(String::from_utf8_lossy(&said).into_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_broken_by_comments() {
        let store = Store::in_memory().expect("a store");
        let path = Uri::from_static("/api/events");
        let Answer::Events(answer) = respond(&store, &Method::GET, &path) else {
            panic!("no events");
        };
        let (end, ending) = watch::channel(false);
        let mut feed = Feed::until(answer.into_body(), ending, pending());
        let hello = next(&mut feed).await.expect("a first event");
        assert!(hello.starts_with("event: telemetry\n"), "{hello}");
        let begun = Instant::now();
        assert_eq!(next(&mut feed).await.as_deref(), Some(":\n\n"));
        assert_eq!(next(&mut feed).await.as_deref(), Some(":\n\n"));
        assert_eq!(begun.elapsed().as_secs(), 2 * HEARTBEAT.as_secs());
        end.send(true).expect("the feed is there");
        assert_eq!(next(&mut feed).await, None);
    }
}
