//! Calls of gRPC to backends: HTTP/2 on connections that are kept, and that many calls share.

use crate::body::SendBody;
use crate::cause::{any, innermost, unconnected};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::ClientConfig;
use std::error::Error as _;
use std::time::Duration;
use throughline_edge::host::{BodyError, FetchError, GrpcClient, GrpcResponse, Outgoing};

/// The client of gRPC of one core.
#[derive(Debug, Clone)]
pub struct Calls(Client<HttpsConnector<HttpConnector>, SendBody>);

impl Calls {
    pub(crate) fn new(tls: ClientConfig) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http2()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .http2_only(true)
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http2_keep_alive_interval(SILENCE)
            .http2_keep_alive_timeout(SILENCE)
            .build(connector);
        Self(client)
    }

    async fn send(&self, request: Request<Bytes>) -> Result<Response<Incoming>, Error> {
        self.0.request(request.map(message)).await
    }
}

impl GrpcClient for Calls {
    const ABSENT_BECAUSE: Option<&'static str> = None;

    async fn call(
        &self,
        request: Request<Bytes>,
        max_bytes: usize,
    ) -> Result<GrpcResponse, FetchError> {
        let sent = match self.send(request.clone()).await {
            // <https://github.com/grpc/proposal/blob/master/A6-client-retries.md#transparent-retries>
            Err(error) if is_not_processed(&error) => self.send(request).await,
            sent => sent,
        };
        match sent {
            Ok(response) => Ok(read(response, max_bytes).await),
            Err(error) if is_other_protocol(&error) => Err(FetchError::NotHttp2(NOT_HTTP_2.into())),
            Err(error) if error.is_connect() => Err(unconnected(&error)),
            Err(error) => Err(FetchError::Dropped(innermost(&error))),
        }
    }
}

/// The body of a call, whose length is in its frame.
fn message(bytes: Bytes) -> SendBody {
    SendBody::call(Outgoing::Bytes(bytes), None)
}

/// Reads a response to its end, or until its body has more than `max_bytes`.
async fn read(response: Response<Incoming>, max_bytes: usize) -> GrpcResponse {
    let (head, mut incoming) = response.into_parts();
    let (mut body, mut trailers) = (Vec::new(), Ok(HeaderMap::new()));
    while body.len() <= max_bytes
        && let Some(frame) = incoming.frame().await
    {
        match frame.map(Frame::into_data) {
            Ok(Ok(bytes)) => body.extend_from_slice(&bytes),
            Ok(Err(frame)) => trailers = Ok(frame.into_trailers().unwrap_or_default()),
            Err(error) => {
                trailers = Err(BodyError(innermost(&error)));
                break;
            }
        }
    }
    GrpcResponse {
        status: head.status,
        headers: head.headers,
        body: body.into(),
        trailers,
    }
}

/// Whether the server says that it has not processed the request: it has refused the stream, or
/// closes the connection.
///
/// <https://www.rfc-editor.org/rfc/rfc9113#section-8.7>
fn is_not_processed(error: &Error) -> bool {
    of_http_2(error).is_some_and(|error| {
        let is_closed = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
        error.is_remote() && (is_closed || error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// Whether what the server sent is not HTTP/2: its first bytes, read as a frame, are too long or
/// not in place.
fn is_other_protocol(error: &Error) -> bool {
    let is_no_frame = of_http_2(error).is_some_and(|error| {
        let reasons = [h2::Reason::FRAME_SIZE_ERROR, h2::Reason::PROTOCOL_ERROR];
        error.is_library()
            && error
                .reason()
                .is_some_and(|reason| reasons.contains(&reason))
    });
    let has_no_common_protocol = any(error, &|cause| {
        matches!(
            cause.downcast_ref::<rustls::Error>(),
            Some(rustls::Error::AlertReceived(
                rustls::AlertDescription::NoApplicationProtocol
            ))
        )
    });
    is_no_frame || has_no_common_protocol
}

/// The error of HTTP/2 behind one of the client.
fn of_http_2(error: &Error) -> Option<&h2::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        source = error.source();
    }
    None
}

/// A server that has no stream open closes the connection when it wants to.
const IDLE: Duration = Duration::from_secs(60);
/// After as much silence in a call a server is asked whether it is there, and after as much again the
/// connection is given up. Servers refuse to be asked often; a response resets their count.
const SILENCE: Duration = Duration::from_secs(5);
const NOT_HTTP_2: &str = "OTLP/gRPC has a port of its own, as a rule 4317; for that of OTLP/HTTP leave out protocol = \"grpc\"";
