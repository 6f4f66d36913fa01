//! Refuses ambiguous messages, and makes those that pass say one thing alone.
//!
//! hyper refuses malformed messages. What is refused here is well-formed for hyper, but who
//! gets it next may read it differently.

use http::uri::{Authority, Scheme, Uri};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version, header};

/// Completes the URI of a request, which came by a connection of this scheme: HTTP/1.1 names
/// the authority in a header, and a request in HTTP/2 gets one.
///
/// # Errors
/// [`MalformedRequest`]; the client is at fault.
pub(crate) fn complete<B>(
    request: &mut Request<B>,
    scheme: &Scheme,
) -> Result<(), MalformedRequest> {
    if request.headers().len() > MAX_HEADERS {
        return Err(MalformedRequest::Headers);
    }
    if !is_chunked_or_plain(request.headers()) {
        return Err(MalformedRequest::Coding);
    }
    if request.version() == Version::HTTP_2 {
        name_host(request)?;
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next();
    if hosts.next().is_some() || (host.is_none() && request.version() == Version::HTTP_11) {
        return Err(MalformedRequest::Host);
    }
    let host = match host.map(|host| Authority::try_from(host.as_bytes())) {
        // An empty Host is valid where the target has no authority.
        None => None,
        Some(Ok(host)) => Some(host),
        Some(Err(_)) if host.is_some_and(|host| host.is_empty()) => None,
        Some(Err(_)) => return Err(MalformedRequest::Host),
    };
    if request.method() == Method::CONNECT {
        return Ok(());
    }
    let mut parts = request.uri().clone().into_parts();
    let is_http = |scheme: &Scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS;
    if !parts.scheme.as_ref().is_none_or(is_http) {
        return Err(MalformedRequest::Target);
    }
    // The target's authority takes precedence over the header:
    // <https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2>
    let Some(authority) = parts.authority.take().or(host) else {
        return Ok(());
    };
    // <https://www.rfc-editor.org/rfc/rfc9110#section-4.2.4>
    if authority.as_str().contains('@') {
        return Err(MalformedRequest::Target);
    }
    parts.authority = Some(authority);
    // Not the target's scheme: whether this connection has TLS is known, and an upstream
    // trusts what we say of it.
    parts.scheme = Some(scheme.clone());
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    Ok(())
}

/// Names the authority of a request in a header, as HTTP/1.1 does. A client may have done so.
/// <https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1>
fn name_host<B>(request: &mut Request<B>) -> Result<(), MalformedRequest> {
    let Some(authority) = request.uri().authority() else {
        return Ok(());
    };
    let named = request.headers().get(header::HOST);
    let is_same =
        |host: &HeaderValue| (host.as_bytes()).eq_ignore_ascii_case(authority.as_str().as_bytes());
    if named.is_some_and(|host| !is_same(host)) {
        return Err(MalformedRequest::Host);
    }
    if named.is_none() {
        let host = HeaderValue::from_str(authority.as_str());
        let host = host.map_err(|_| MalformedRequest::Host)?;
        request.headers_mut().insert(header::HOST, host);
    }
    Ok(())
}

/// Makes the length that a response names that of its body, as hyper has decoded it: chunks count
/// before a length beside them, and of a length that is repeated one is left.
/// <https://www.rfc-editor.org/rfc/rfc9112#section-6.3>
///
/// # Errors
/// [`UnknownCoding`]; the server is at fault.
pub(crate) fn settle_length<B>(response: &mut Response<B>) -> Result<(), UnknownCoding> {
    let headers = response.headers_mut();
    if !is_chunked_or_plain(headers) {
        return Err(UnknownCoding);
    }
    if headers.contains_key(header::TRANSFER_ENCODING) {
        headers.remove(header::CONTENT_LENGTH);
        return Ok(());
    }
    let mut lengths = headers.get_all(header::CONTENT_LENGTH).iter();
    let (Some(first), rest) = (lengths.next(), lengths.next()) else {
        return Ok(());
    };
    if rest.is_none() && !first.as_bytes().contains(&b',') {
        return Ok(());
    }
    // hyper has compared them.
    let first = first.as_bytes().split(|byte| *byte == b',').next();
    let first = first.map(<[u8]>::trim_ascii).unwrap_or_default();
    if let Ok(length) = HeaderValue::from_bytes(first) {
        headers.insert(header::CONTENT_LENGTH, length);
    }
    Ok(())
}

/// Whether a body is in chunks, or has no coding for its transfer. hyper decodes chunks and no other
/// coding, but the Transfer-Encoding header is not passed on, so whoever gets the body would read the
/// encoded bytes as the body.
fn is_chunked_or_plain(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &HeaderValue| {
        let coding = coding.as_bytes().trim_ascii();
        coding.eq_ignore_ascii_case(b"chunked")
    };
    // Chunks are in no further chunks: <https://www.rfc-editor.org/rfc/rfc9112#section-7.1>
    codings.next().is_none_or(is_chunked) && codings.next().is_none()
}

/// A response in a coding that is not decoded here. Its server is at fault: no request asks for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it has a transfer coding other than chunked")]
pub(crate) struct UnknownCoding;

/// Why a request is refused. The client is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MalformedRequest {
    /// <https://www.rfc-editor.org/rfc/rfc9112#section-3.2>
    #[error("a request has one Host header, which names a host")]
    Host,
    /// An absolute target of another protocol, or with a user in it.
    #[error("the target of a request is a path, or an http URL without a user")]
    Target,
    /// <https://www.rfc-editor.org/rfc/rfc9112#section-6.1>
    #[error("chunked is the only transfer coding that is supported here")]
    Coding,
    /// More headers than a request may have, in HTTP/2; hyper counts those of HTTP/1.1.
    #[error("a request has at most {MAX_HEADERS} headers")]
    Headers,
}

impl MalformedRequest {
    /// The response's status.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Host | Self::Target => StatusCode::BAD_REQUEST,
            Self::Coding => StatusCode::NOT_IMPLEMENTED,
            Self::Headers => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        }
    }
}

/// Headers that a request or a response may have. hyper allows a hundred; workerd has no
/// limit but that of their bytes.
pub(crate) const MAX_HEADERS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_of_the_client_is_not_passed_on() {
        for (target, wanted) in [
            ("/x", "http://edge.test/x"),
            ("http://other.test:81/x", "http://other.test:81/x"),
            ("https://other.test/x", "http://other.test/x"),
        ] {
            let request = Request::get(target).header("host", "edge.test");
            let mut request = request.body(()).expect("a request");
            assert_eq!(complete(&mut request, &Scheme::HTTP), Ok(()));
            assert_eq!(request.uri().to_string(), wanted);
        }
        let mut request = Request::get("http://edge.test/x").body(()).expect("valid");
        request
            .headers_mut()
            .insert("host", HeaderValue::from_static("edge.test"));
        assert_eq!(complete(&mut request, &Scheme::HTTPS), Ok(()));
        assert_eq!(request.uri().to_string(), "https://edge.test/x");
    }

    #[test]
    fn a_request_in_http_2_has_a_host_header() {
        let request = |host: Option<&'static str>| {
            let mut request = Request::get("http://edge.test/x").version(Version::HTTP_2);
            if let Some(host) = host {
                request = request.header("host", host);
            }
            request.body(()).expect("a request")
        };
        for host in [None, Some("EDGE.test")] {
            let mut request = request(host);
            assert_eq!(complete(&mut request, &Scheme::HTTP), Ok(()));
            let host = request.headers()["host"].as_bytes();
            assert!(host.eq_ignore_ascii_case(b"edge.test"));
        }
        let mut other = request(Some("other.test"));
        let refused = complete(&mut other, &Scheme::HTTP);
        assert_eq!(refused, Err(MalformedRequest::Host));
    }
}
