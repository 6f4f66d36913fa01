//! Reads files from servers of this machine: no longer, no larger and nowhere else than permitted.

use super::address::LocalAddress;
use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A file, or that it is still the one that is known.
#[derive(Debug)]
pub(super) enum Fetched {
    File {
        /// Where it is, after redirects.
        address: LocalAddress,
        headers: Box<HeaderMap>,
        body: Bytes,
    },
    NotModified,
}

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("nothing responds: {0}")]
    Connect(io::Error),
    #[error("{0}")]
    Http(#[from] hyper::Error),
    #[error("no response in {} s", WITHIN.as_secs())]
    TimedOut,
    #[error("the response is {0}")]
    Status(StatusCode),
    #[error("it is larger than {0} bytes, or breaks off")]
    Body(usize),
    #[error("it redirects to {0:?}, which is not of this machine, or redirects again and again")]
    Redirect(String),
}

/// Reads the file at an address, of `max_bytes` at most, unless it has this tag still.
///
/// # Errors
/// [`FetchError`]; its server is at fault.
pub(super) async fn fetch(
    address: &LocalAddress,
    tag: Option<&HeaderValue>,
    max_bytes: usize,
) -> Result<Fetched, FetchError> {
    timeout(WITHIN, follow(address.clone(), tag, max_bytes))
        .await
        .unwrap_or(Err(FetchError::TimedOut))
}

async fn follow(
    mut address: LocalAddress,
    tag: Option<&HeaderValue>,
    max_bytes: usize,
) -> Result<Fetched, FetchError> {
    for _ in 0..=MAX_REDIRECTS {
        let response = get(&address, tag).await?;
        let status = response.status();
        if status == StatusCode::NOT_MODIFIED && tag.is_some() {
            return Ok(Fetched::NotModified);
        }
        if status.is_redirection() {
            let to = response.headers().get(header::LOCATION);
            let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
            let Some(next) = address.join(to) else {
                return Err(FetchError::Redirect(to.to_owned()));
            };
            address = next;
            continue;
        }
        if status != StatusCode::OK {
            return Err(FetchError::Status(status));
        }
        let (head, body) = response.into_parts();
        let body = Limited::new(body, max_bytes).collect().await;
        return Ok(Fetched::File {
            address,
            headers: Box::new(head.headers),
            body: body.map_err(|_| FetchError::Body(max_bytes))?.to_bytes(),
        });
    }
    Err(FetchError::Redirect(address.to_string()))
}

async fn get(
    address: &LocalAddress,
    tag: Option<&HeaderValue>,
) -> Result<Response<Incoming>, FetchError> {
    let stream = TcpStream::connect(&*address.sockets()).await;
    let stream = stream.map_err(FetchError::Connect)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    // It ends with its one response.
    tokio::spawn(connection);
    let mut request = Request::new(Empty::<Bytes>::new());
    *request.uri_mut() = address.path().parse().unwrap_or_default();
    let host = HeaderValue::from_str(address.authority());
    let headers = request.headers_mut();
    if let Ok(host) = host {
        headers.insert(header::HOST, host);
    }
    // Development servers respond to documents with a page in place of the file.
    for (name, value) in [
        (header::ACCEPT, "*/*"),
        (header::ACCEPT_ENCODING, "identity"),
        (header::CONNECTION, "close"),
        (HeaderName::from_static("sec-fetch-dest"), "script"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(tag) = tag {
        headers.insert(header::IF_NONE_MATCH, tag.clone());
    }
    Ok(sender.send_request(request).await?)
}

/// Time for a file with its redirects.
const WITHIN: Duration = Duration::from_secs(5);
pub(super) const MAX_REDIRECTS: usize = 3;
