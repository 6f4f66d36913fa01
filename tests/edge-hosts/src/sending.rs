//! Sends the requests of a case to a host.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::time::Duration;
use throughline_testkit::case::{ActualResponse, RequestSpec};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A connection to a host. On the native host the requests of one connection reach one core.
#[must_use = "dropping it closes the connection"]
#[derive(Debug)]
pub struct Connection {
    authority: String,
    sender: SendRequest<Full<Bytes>>,
    connection: JoinHandle<hyper::Result<()>>,
}

impl Connection {
    /// Connects to a host.
    ///
    /// # Errors
    /// When it does not listen.
    pub async fn open(authority: &str) -> Result<Self, Box<dyn Error>> {
        let stream = TcpStream::connect(authority).await?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        Ok(Self {
            authority: authority.to_owned(),
            sender,
            connection: tokio::spawn(connection),
        })
    }

    /// Sends a request, with headers in their order and repeated ones included.
    ///
    /// # Errors
    /// When there is no complete response within ten seconds, or the host has closed the
    /// connection.
    pub async fn send(
        &mut self,
        spec: &RequestSpec,
        body: Bytes,
    ) -> Result<ActualResponse, Box<dyn Error>> {
        timeout(TIMEOUT, self.exchange(spec, body)).await?
    }

    async fn exchange(
        &mut self,
        spec: &RequestSpec,
        body: Bytes,
    ) -> Result<ActualResponse, Box<dyn Error>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::try_from(spec.method.as_str())?;
        *request.uri_mut() = spec.path.parse()?;
        let headers = request.headers_mut();
        headers.insert(header::HOST, HeaderValue::try_from(&self.authority)?);
        for (name, value) in &spec.headers {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        let (body, breaks_off) = read(body).await;
        Ok(ActualResponse {
            status: head.status,
            headers: head.headers,
            body: body.into(),
            breaks_off,
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.connection.abort();
    }
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
