//! Delays the end of a client's sending until its requests have their responses.
//!
//! A browser that closes sends its last telemetry and disconnects. hyper would drop every
//! open request at once, the ones that have arrived whole too. The edge finds out which clients
//! are gone.

use super::streams::Streams;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::yield_now;

/// A connection whose reading end comes once its requests have ended.
pub(super) struct HalfClose<I> {
    inner: I,
    streams: Streams,
    /// From the end of the client's sending: until its requests have ended.
    requests_end: Option<Pin<Box<dyn Future<Output = ()>>>>,
    has_ended: bool,
}

impl<I> HalfClose<I> {
    pub(super) fn new(inner: I, streams: Streams) -> Self {
        Self {
            inner,
            streams,
            requests_end: None,
            has_ended: false,
        }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for HalfClose<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.has_ended {
            return Poll::Ready(Ok(()));
        }
        if self.requests_end.is_none() {
            let before = buffer.filled().len();
            ready!(Pin::new(&mut self.inner).poll_read(task, buffer))?;
            if buffer.filled().len() > before || buffer.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
        }
        let streams = self.streams.clone();
        let requests_end = self.requests_end.get_or_insert_with(|| {
            Box::pin(async move {
                // The last requests have been read, and not begun.
                yield_now().await;
                streams.all_ended().await;
            })
        });
        ready!(requests_end.as_mut().poll(task));
        self.has_ended = true;
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for HalfClose<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(task, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(task, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(task)
    }
}
