//! Sends the request of a case to a host.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::time::Duration;
use throughline_testkit::case::{ActualResponse, RequestSpec};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Sends a request on a new connection, with headers in their order and repeated ones
/// included.
///
/// # Errors
/// When there is no complete response within ten seconds.
pub async fn send(
    authority: &str,
    spec: &RequestSpec,
    body: Bytes,
) -> Result<ActualResponse, Box<dyn Error>> {
    timeout(TIMEOUT, exchange(authority, spec, body)).await?
}

async fn exchange(
    authority: &str,
    spec: &RequestSpec,
    body: Bytes,
) -> Result<ActualResponse, Box<dyn Error>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::try_from(spec.method.as_str())?;
    *request.uri_mut() = spec.path.parse()?;
    let headers = request.headers_mut();
    headers.insert(header::HOST, HeaderValue::try_from(authority)?);
    for (name, value) in &spec.headers {
        headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    let stream = TcpStream::connect(authority).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let (head, body) = sender.send_request(request).await?.into_parts();
    let (body, breaks_off) = read(body).await;
    drop(sender);
    connection.abort();
    Ok(ActualResponse {
        status: head.status,
        headers: head.headers,
        body: body.into(),
        breaks_off,
    })
}

/// The bytes of a body, and whether the connection ended before it did.
async fn read(mut body: Incoming) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => bytes.extend_from_slice(&data),
            Ok(Err(_)) => {}
            Err(_) => return (bytes, true),
        }
    }
    (bytes, false)
}

const TIMEOUT: Duration = Duration::from_secs(10);
