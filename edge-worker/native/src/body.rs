//! How do bodies come and go?

use crate::connection::Client;
use crate::feed::Feed;
use crate::host::innermost;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use throughline_edge::host::{self, BodyError, Outgoing};
use tokio::time::timeout;

/// The body of a client's request or an upstream's response.
#[derive(Debug)]
pub struct NativeBody(pub(crate) Incoming);

impl host::Body for NativeBody {
    async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            let frame = match timeout(SILENCE, self.0.frame()).await {
                Ok(frame) => frame?,
                Err(_) => return Some(Err(BodyError("nothing came for a minute".into()))),
            };
            match frame.map(Frame::into_data) {
                Ok(Ok(bytes)) => return Some(Ok(bytes)),
                // Trailers.
                Ok(Err(_)) => {}
                Err(error) => return Some(Err(BodyError(innermost(&error)))),
            }
        }
    }
}

/// A body that hyper sends.
#[derive(Debug)]
pub(crate) enum SendBody {
    Whole(Option<Bytes>),
    Incoming(Incoming),
    Answer(Awaited),
    Events(Box<Feed>),
}

/// An upstream's body, which may be silent for long, and whether anybody waits for it.
pub(crate) struct Awaited {
    incoming: Incoming,
    gone: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Why a body was not sent to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// Whoever sends it to us is at fault.
    #[error(transparent)]
    Incoming(#[from] hyper::Error),
    /// Nobody is.
    #[error("the client went away")]
    ClientGone,
}

impl SendBody {
    /// The body of an answer: what is passed through ends with its client.
    pub(crate) fn answer(body: Outgoing<NativeBody>, client: &Client) -> Self {
        match body {
            Outgoing::Bytes(bytes) => SendBody::whole(bytes),
            Outgoing::Incoming(NativeBody(incoming)) => {
                let client = client.clone();
                SendBody::Answer(Awaited {
                    incoming,
                    gone: Box::pin(async move { client.gone().await }),
                })
            }
        }
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        SendBody::Whole(Some(bytes))
    }
}

impl From<Outgoing<NativeBody>> for SendBody {
    fn from(body: Outgoing<NativeBody>) -> Self {
        match body {
            Outgoing::Bytes(bytes) => SendBody::whole(bytes),
            Outgoing::Incoming(NativeBody(incoming)) => SendBody::Incoming(incoming),
        }
    }
}

impl Body for SendBody {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        match self.get_mut() {
            SendBody::Whole(bytes) => {
                let bytes = bytes.take().filter(|bytes| !bytes.is_empty());
                Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes))))
            }
            SendBody::Incoming(incoming) => {
                Pin::new(incoming).poll_frame(task).map_err(SendError::from)
            }
            SendBody::Answer(answer) => answer.poll(task),
            SendBody::Events(feed) => feed.poll(task),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            SendBody::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            SendBody::Incoming(incoming) => incoming.is_end_stream(),
            SendBody::Answer(answer) => answer.incoming.is_end_stream(),
            SendBody::Events(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            SendBody::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64)
            }
            SendBody::Incoming(incoming) => incoming.size_hint(),
            SendBody::Answer(answer) => answer.incoming.size_hint(),
            SendBody::Events(_) => SizeHint::new(),
        }
    }
}

impl Awaited {
    fn poll(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        let frame = Pin::new(&mut self.incoming).poll_frame(task);
        // After its end there is nothing to give up, and the future must not be asked again.
        if frame.is_pending() && self.gone.as_mut().poll(task).is_ready() {
            return Poll::Ready(Some(Err(SendError::ClientGone)));
        }
        frame.map_err(SendError::from)
    }
}

impl fmt::Debug for Awaited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Awaited")
            .field("incoming", &self.incoming)
            .finish_non_exhaustive()
    }
}

/// A sender that is silent for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
