//! Refuses ambiguous requests, and completes their URI.
//!
//! hyper refuses malformed requests. What is refused here is well-formed for hyper, but an
//! upstream may read it differently.

use http::uri::{Authority, Scheme, Uri};
use http::{HeaderMap, Method, Request, StatusCode, Version, header};

/// Completes the URI of a request: HTTP/1.1 names the authority in a header.
///
/// # Errors
/// [`MalformedRequest`]; the client is at fault.
pub(crate) fn complete<B>(request: &mut Request<B>) -> Result<(), MalformedRequest> {
    check_coding(request.headers())?;
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
    // Not the target's scheme: this connection has no TLS, and an upstream trusts ours.
    parts.scheme = Some(Scheme::HTTP);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    Ok(())
}

/// hyper decodes chunks and no other coding, but the Transfer-Encoding header is not passed
/// on, so an upstream would read the encoded bytes as the body.
fn check_coding(headers: &HeaderMap) -> Result<(), MalformedRequest> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    let is_chunked = |coding: &[u8]| coding.trim_ascii().eq_ignore_ascii_case(b"chunked");
    match codings.all(|coding| is_chunked(coding.as_bytes())) {
        true => Ok(()),
        false => Err(MalformedRequest::Coding),
    }
}

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
}

impl MalformedRequest {
    /// The response's status.
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Host | Self::Target => StatusCode::BAD_REQUEST,
            Self::Coding => StatusCode::NOT_IMPLEMENTED,
        }
    }
}

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
            assert_eq!(complete(&mut request), Ok(()));
            assert_eq!(request.uri().to_string(), wanted);
        }
    }
}
