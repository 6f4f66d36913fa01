//! Ends requests whose client does not read their response.
//!
//! A client may read a connection and grant nothing to one of its streams: hyper waits for that
//! stream for ever. What hyper has of a body is not visible from outside. Its pieces are small
//! here, and hyper polls a body for the next one once the client may have all before it.

use crate::body::{SendBody, SendError};
use crate::connection::UNREAD;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// A response's body in pieces. It has to be polled by a task of [`while_read`].
#[derive(Debug)]
pub(super) struct Pieces {
    body: SendBody,
    /// The part of the last frame that follows.
    rest: Bytes,
}

/// Runs a request until its response has been given to the client, or until the client has granted
/// nothing to it for a minute. Then the request is dropped, which resets it.
pub(super) async fn while_read(request: impl Future<Output = ()>) {
    let watched = async {
        tokio::select! {
            biased;
            () = request => {}
            () = is_unread() => {}
        }
    };
    GIVEN_AT.scope(Cell::new(None), watched).await;
}

async fn is_unread() {
    loop {
        let given = GIVEN_AT.with(Cell::get);
        if given.is_some_and(|given| given.elapsed() >= UNREAD) {
            return;
        }
        sleep(CHECK_EVERY).await;
    }
}

impl Pieces {
    pub(super) fn new(body: SendBody) -> Self {
        Self {
            body,
            rest: Bytes::new(),
        }
    }

    /// The next piece of a frame. The last one of a body is so small that it may stay with hyper
    /// when the request has ended.
    fn piece(&mut self) -> Bytes {
        let length = self.rest.len();
        let most = match self.body.is_end_stream() && length > LAST_BYTES {
            true => length - LAST_BYTES,
            false => length,
        };
        self.rest.split_to(most.min(PIECE_BYTES))
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = SendError;

    fn poll_frame(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SendError>>> {
        let body = self.get_mut();
        // The client has what was given before.
        note(None);
        if body.rest.is_empty() {
            match ready!(Pin::new(&mut body.body).poll_frame(task)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => body.rest = bytes,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
        note(Some(Instant::now()));
        Poll::Ready(Some(Ok(Frame::data(body.piece()))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Notes when a piece was given to hyper, or that none is with it.
fn note(given: Option<Instant>) {
    // Every request is polled in the scope.
    let _ = GIVEN_AT.try_with(|at| at.set(given));
}

tokio::task_local! {
    /// When hyper was given a piece; `None` once it has polled for the next.
    static GIVEN_AT: Cell<Option<Instant>>;
}

/// Bytes of a piece: those of one frame, unless the client wants larger ones.
const PIECE_BYTES: usize = 16 << 10;
/// Most bytes of the last piece of a body whose end is known with it.
const LAST_BYTES: usize = 1 << 10;
/// How often a request is checked: its last piece waits for the sum of this and a minute at most.
const CHECK_EVERY: Duration = Duration::from_secs(10);
