//! Serves HTTP/2 on one connection, with limits of time, size and number.

mod half_close;
mod streams;
#[cfg(test)]
mod tests;
mod unread;

use crate::background::Background;
use crate::body::SendBody;
use crate::http1::HeadLimits;
use half_close::HalfClose;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use streams::Streams;
use tokio::io::{AsyncRead, AsyncWrite};
use unread::Pieces;

/// Serves until the client ends the connection, until it has sent no request for the time
/// that a head may take, or until `ended`. Then the client is told by GOAWAY, and requests that
/// it has sent end: <https://www.rfc-editor.org/rfc/rfc9113#section-6.8>.
pub(crate) async fn serve<I, S>(
    io: I,
    service: S,
    limits: HeadLimits,
    background: &Background,
    ended: impl Future,
) where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<SendBody>, Error = Infallible>,
    S::Future: 'static,
{
    let streams = Streams::new(background);
    let io = HalfClose::new(io, streams.clone());
    let in_pieces = service_fn(|request| {
        let response = service.call(request);
        async { Ok::<_, Infallible>(response.await?.map(Pieces::new)) }
    });
    let mut connection = pin!(
        Builder::new(streams.clone())
            .timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(u32::try_from(limits.bytes).unwrap_or(u32::MAX))
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BUFFER_BYTES)
            .max_pending_accept_reset_streams(MAX_RESET_UNSEEN)
            .max_local_error_reset_streams(MAX_RESET_FOR_ERRORS)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_TIMEOUT)
            .serve_connection(TokioIo::new(io), in_pieces)
    );
    tokio::select! {
        // A client that disconnects or sends no HTTP is no concern of the operator.
        _ = connection.as_mut() => return,
        () = streams.unused_for(limits.within) => {}
        _ = ended => {}
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        _ = connection => {}
        // It does not acknowledge the end.
        () = streams.unused_for(GRACEFUL_SHUTDOWN_TIMEOUT) => {}
    }
}

/// Requests that a client may have open on one connection; RFC 9113, 5.1.2 wants a hundred
/// at least.
const MAX_STREAMS: u32 = 128;
/// Bytes of one body, and of all bodies of a connection, that may wait to be read: one that
/// waits for a slow upstream leaves room for others.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
const CONNECTION_WINDOW_BYTES: u32 = 1 << 20;
/// Bytes of a response that may wait for a client that does not read.
const SEND_BUFFER_BYTES: usize = 128 << 10;
/// Requests that a client may open and reset before they are seen; beyond it the connection
/// ends ("rapid reset", CVE-2023-44487). One that is seen is cancelled by its reset, and
/// counts as open until then.
const MAX_RESET_UNSEEN: usize = 20;
/// Requests of a connection that may be malformed before the connection ends
/// (RUSTSEC-2024-0003).
const MAX_RESET_FOR_ERRORS: usize = 128;
/// How soon a client that has disappeared without a word is noticed.
const PING_EVERY: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a client may take to acknowledge the end of a connection without requests.
const GRACEFUL_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);
