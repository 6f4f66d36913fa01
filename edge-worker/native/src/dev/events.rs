//! The body of the viewer's event stream, with heartbeats.

use crate::body::SendError;
use crate::connection::Client;
use bytes::Bytes;
use http_body::{Body, Frame};
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;
use throughline_edge::host::ClientConnection;
use throughline_viewer::Events;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep};

/// The viewer's events, until the page is closed or the program ends.
pub(super) struct EventStream {
    events: Events,
    ending: watch::Receiver<bool>,
    gone: Pin<Box<dyn Future<Output = ()> + Send>>,
    /// The time of the next heartbeat.
    heartbeat: Pin<Box<Sleep>>,
}

impl EventStream {
    pub(super) fn new(events: Events, ending: watch::Receiver<bool>, client: &Client) -> Self {
        let client = client.clone();
        Self::until(events, ending, async move { client.closed().await })
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
            heartbeat: Box::pin(sleep(HEARTBEAT)),
        }
    }
}

impl Body for EventStream {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
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
        let bytes = match self.events.poll_next(task) {
            Poll::Ready(event) => event,
            Poll::Pending => match self.heartbeat.as_mut().poll(task) {
                Poll::Ready(()) => Bytes::from_static(COMMENT),
                Poll::Pending => return Poll::Pending,
            },
        };
        self.heartbeat.as_mut().reset(Instant::now() + HEARTBEAT);
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}

/// Proxies close a connection that is idle for longer, and a client that disappeared is
/// detected only by writing to it.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes>
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A comment, which an `EventSource` ignores.
const COMMENT: &[u8] = b":\n\n";

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Method, Uri};
    use http_body_util::BodyExt;
    use std::future::pending;
    use throughline_viewer::{Store, ViewerResponse, respond};

    async fn next(stream: &mut EventStream) -> Option<String> {
        let frame = stream.frame().await?;
        let bytes = frame.expect("no error").into_data().expect("data");
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_stream_sends_heartbeats() {
        let store = Store::in_memory().expect("a store");
        let path = Uri::from_static("/api/events");
        let ViewerResponse::Events(response) = respond(&store, &Method::GET, &path) else {
            panic!("no events");
        };
        let (end, ending) = watch::channel(false);
        let mut stream = EventStream::until(response.into_body(), ending, pending());
        let hello = next(&mut stream).await.expect("a first event");
        assert!(hello.starts_with("event: telemetry\n"), "{hello}");
        let begun = Instant::now();
        assert_eq!(next(&mut stream).await.as_deref(), Some(":\n\n"));
        assert_eq!(next(&mut stream).await.as_deref(), Some(":\n\n"));
        assert_eq!(begun.elapsed().as_secs(), 2 * HEARTBEAT.as_secs());
        end.send(true).expect("the stream is there");
        assert_eq!(next(&mut stream).await, None);
    }
}
