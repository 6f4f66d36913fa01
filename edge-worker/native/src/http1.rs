//! Serves HTTP/1.1 on one connection, with limits of time and size.

use crate::body::SendBody;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// The limits of a head.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeadLimits {
    /// The time in which the head of a connection's next request has to arrive.
    pub(crate) within: Duration,
    pub(crate) bytes: usize,
    pub(crate) headers: usize,
}

/// Serves until the client ends the connection, or until the first request that ends after
/// `ended`.
pub(crate) async fn serve<I, S>(io: I, service: S, limits: HeadLimits, ended: impl Future)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<SendBody>, Error = Infallible>,
{
    let mut connection = pin!(
        Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.within)
            .max_header_size(limits.bytes)
            .max_headers(limits.headers)
            // A browser that closes sends its last telemetry and disconnects: otherwise
            // hyper would drop it unread. The edge finds out which clients are gone.
            .half_close(true)
            .serve_connection(TokioIo::new(io), service)
            .with_upgrades()
    );
    tokio::select! {
        // A client that disconnects or sends no HTTP is no concern of the operator.
        _ = connection.as_mut() => return,
        _ = ended => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
