//! Calls of gRPC, on platforms that can make them.

use super::{Absent, BodyError, FetchError};
use bytes::Bytes;
use core::future::Future;
use http::{HeaderMap, Request, StatusCode};

/// A client that makes calls of gRPC: over HTTP/2, with trailers behind the body of a response.
pub trait GrpcClient {
    /// Why the platform has none.
    const ABSENT_BECAUSE: Option<&'static str>;

    /// Sends a request by HTTP/2, without TLS by prior knowledge, and returns the response at its
    /// end. Of a body with more than `max_bytes` the rest is not read, and neither are trailers. A
    /// request that the server says it has not processed, since it closes the connection, is sent
    /// once more. Dropping the future cancels the call.
    ///
    /// # Errors
    /// [`FetchError`] when there is no response; the network or the server is at fault.
    fn call(
        &self,
        request: Request<Bytes>,
        max_bytes: usize,
    ) -> impl Future<Output = Result<GrpcResponse, FetchError>>;
}

/// The response to a call.
#[derive(Debug)]
pub struct GrpcResponse {
    /// The status of HTTP.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as far as it was read.
    pub body: Bytes,
    /// The headers behind the body, empty where there are none; or why the body ended early.
    pub trailers: Result<HeaderMap, BodyError>,
}

impl GrpcClient for Absent {
    const ABSENT_BECAUSE: Option<&'static str> = Some(
        "its HTTP client gives no trailers, in which gRPC has the status of a call; use protocol = \"http\", or send to an edge on the native host",
    );

    async fn call(&self, _: Request<Bytes>, _: usize) -> Result<GrpcResponse, FetchError> {
        match *self {}
    }
}
