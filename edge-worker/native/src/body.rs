//! Request and response bodies as hyper reads and writes them.

use crate::cause::innermost;
use crate::connection::Client;
use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use throughline_edge::host::{
    self, BodyError, ClientConnection, Outgoing, Rewriter, Step, Trailers,
};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The body of a client's request or an upstream's response.
#[derive(Debug)]
pub struct NativeBody(pub(crate) Incoming);

impl host::Body for NativeBody {
    fn is_absent(&self) -> bool {
        self.0.is_end_stream()
    }

    async fn chunk(&mut self) -> Option<Result<Bytes, BodyError>> {
        loop {
            let frame = match timeout(SILENCE, self.0.frame()).await {
                Ok(frame) => frame?,
                Err(_) => return Some(Err(BodyError("no bytes arrived for a minute".into()))),
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
pub(crate) enum SendBody {
    /// Bytes of our own.
    Whole(Option<Bytes>),
    /// The message of a call of gRPC, then its trailers.
    Call {
        message: Option<Bytes>,
        trailers: Option<HeaderMap>,
    },
    /// The body of a client's request, passed on to an upstream.
    Incoming(Incoming),
    /// The body of an upstream's response, passed on to a client.
    Response(ResponseBody),
    /// A stream of our own.
    #[cfg_attr(
        not(feature = "dev"),
        expect(dead_code, reason = "only the development mode streams")
    )]
    Stream(Pin<Box<dyn Body<Data = Bytes, Error = SendError> + Send>>),
}

/// The body of an upstream's response, until its end or until the client is gone.
pub(crate) struct ResponseBody {
    incoming: Incoming,
    /// The rewriter of the bytes; `None` for those that pass unchanged.
    rewriter: Option<Box<Rewriter>>,
    /// Whether bytes of the rewriter were given to hyper, and it was not asked to wait since.
    is_unsent: bool,
    broke_off: Option<oneshot::Sender<()>>,
    gone: Pin<Box<dyn Future<Output = ()> + Send>>,
}

/// Why a body was not sent to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The sender of the body that is passed on is at fault.
    #[error(transparent)]
    Incoming(#[from] hyper::Error),
    /// The sender of a body that is rewritten is at fault.
    #[error(transparent)]
    Rewritten(#[from] BodyError),
    /// No fault: clients may go away.
    #[error("the client went away")]
    ClientGone,
}

impl SendBody {
    /// The body of a response to `client`. `broke_off` is used when the upstream breaks it off.
    pub(crate) fn response(
        body: Outgoing<NativeBody>,
        client: &Client,
        broke_off: oneshot::Sender<()>,
    ) -> Self {
        let (NativeBody(incoming), rewriter) = match body {
            Outgoing::Bytes(bytes) => return SendBody::whole(bytes),
            Outgoing::Incoming(body) => (body, None),
            Outgoing::Rewritten(rewritten) => {
                let (body, rewriter) = rewritten.into_parts();
                (body, Some(rewriter))
            }
        };
        let client = client.clone();
        SendBody::Response(ResponseBody {
            incoming,
            rewriter,
            is_unsent: false,
            broke_off: Some(broke_off),
            gone: Box::pin(async move { client.closed().await }),
        })
    }

    /// The body of a response to a call of gRPC.
    pub(crate) fn call(body: Outgoing<NativeBody>, trailers: Option<Trailers>) -> Self {
        match body {
            Outgoing::Bytes(message) => SendBody::Call {
                message: Some(message).filter(|message| !message.is_empty()),
                trailers: trailers.map(|Trailers(trailers)| trailers),
            },
            // The edge passes no call on.
            other => SendBody::from(other),
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
            // No request has one.
            Outgoing::Rewritten(rewritten) => SendBody::Incoming(rewritten.into_parts().0.0),
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
            SendBody::Call { message, trailers } => {
                let message = message.take().map(Frame::data);
                let frame = message.or_else(|| trailers.take().map(Frame::trailers));
                Poll::Ready(frame.map(Ok))
            }
            SendBody::Incoming(incoming) => {
                Pin::new(incoming).poll_frame(task).map_err(SendError::from)
            }
            SendBody::Response(response) if response.rewriter.is_some() => response.rewrite(task),
            SendBody::Response(response) => response.poll(task),
            SendBody::Stream(stream) => stream.as_mut().poll_frame(task),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            SendBody::Whole(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            SendBody::Call { message, trailers } => message.is_none() && trailers.is_none(),
            SendBody::Incoming(incoming) => incoming.is_end_stream(),
            SendBody::Response(response) => {
                response.rewriter.is_none() && response.incoming.is_end_stream()
            }
            SendBody::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            SendBody::Whole(bytes) => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64)
            }
            // With a length it would have a Content-Length, which no call has.
            SendBody::Call { .. } => SizeHint::default(),
            SendBody::Incoming(incoming) => incoming.size_hint(),
            SendBody::Response(response) => match response.rewriter {
                Some(_) => SizeHint::default(),
                None => response.incoming.size_hint(),
            },
            SendBody::Stream(stream) => stream.size_hint(),
        }
    }
}

impl fmt::Debug for SendBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            SendBody::Whole(_) => "Whole",
            SendBody::Call { .. } => "Call",
            SendBody::Incoming(_) => "Incoming",
            SendBody::Response(_) => "Response",
            SendBody::Stream(_) => "Stream",
        })
    }
}

impl ResponseBody {
    fn poll(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        let frame = Pin::new(&mut self.incoming).poll_frame(task);
        // After its end there is nothing to abort, and the future must not be polled again.
        if frame.is_pending() && self.gone.as_mut().poll(task).is_ready() {
            return Poll::Ready(Some(Err(SendError::ClientGone)));
        }
        if let Poll::Ready(Some(Err(_))) = &frame {
            self.report_broken();
        }
        frame.map_err(SendError::from)
    }

    /// Says, once, that the upstream broke the body off.
    fn report_broken(&mut self) {
        if let Some(broke_off) = self.broke_off.take() {
            // Nobody waits where there is nothing to record.
            let _ = broke_off.send(());
        }
    }

    /// The next bytes of the rewriter, to which what arrives goes. It has no trailers: they
    /// would follow other bytes than they are about.
    fn rewrite(&mut self, task: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        while let Some(rewriter) = &mut self.rewriter {
            match rewriter.step() {
                Step::Send(bytes) => {
                    self.is_unsent = true;
                    return Poll::Ready(Some(Ok(Frame::data(bytes))));
                }
                Step::End => return Poll::Ready(None),
                // hyper sends what it has when it has to wait, and nothing after a failure.
                Step::Fail(_) if core::mem::take(&mut self.is_unsent) => {
                    task.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Step::Fail(error) => {
                    self.report_broken();
                    return Poll::Ready(Some(Err(error.into())));
                }
                Step::Read => {}
            }
            let frame = ready!(self.poll(task));
            let Some(rewriter) = &mut self.rewriter else {
                break;
            };
            match frame.transpose() {
                Ok(Some(frame)) => {
                    if let Ok(bytes) = frame.into_data() {
                        rewriter.push(bytes);
                    }
                }
                Ok(None) => rewriter.end(Ok(())),
                Err(SendError::Incoming(error)) => {
                    rewriter.end(Err(BodyError(innermost(&error))));
                }
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
        Poll::Ready(None)
    }
}

/// The time after which a sender that sends nothing counts as gone.
const SILENCE: Duration = Duration::from_secs(60);
