//! One invocation: a request, and what the edge does beside its response.

use crate::body::{self, LambdaBody};
use crate::host::LambdaHost;
use crate::work::Ended;
use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http::{Request, Response, StatusCode, Uri, header};
use throughline_edge::host::{Clock, Level, Log, Outgoing};
use throughline_edge::{Edge, PassedBody};

/// Lets the edge handle a request, and waits for the work of that.
pub(crate) async fn handle(
    edge: &Edge,
    host: &LambdaHost,
    request: Request<Bytes>,
) -> Response<Bytes> {
    let request = request.map(LambdaBody::whole);
    let response = async {
        let response = edge.handle(host, request).await;
        read(edge, host, response).await
    };
    let response = finish(host, response).await;
    response.unwrap_or_else(|| text(StatusCode::GATEWAY_TIMEOUT, LATE))
}

/// Runs a piece of work and what it spawns until the time of the invocation is over. `None`: it
/// has not ended by then.
pub(crate) async fn finish<T>(host: &LambdaHost, work: impl Future<Output = T>) -> Option<T> {
    match host.work().with_all(host.sleep(host.left()), work).await {
        Ended::InTime(output) => Some(output),
        Ended::Late { output, cut_off } => {
            if cut_off > 0 {
                host.log(Level::Error, &format!("{cut_off} exports had not ended when the time of the invocation was over; their records are counted as abandoned"));
            }
            output
        }
    }
}

/// Gives a request the scheme and host that its client addressed: those of the site, or else the
/// Host header.
pub(crate) fn address<B>(request: &mut Request<B>, site: Option<(Scheme, Authority)>) {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let Some((scheme, authority)) = site.or_else(|| Some((Scheme::HTTPS, host?))) else {
        return;
    };
    let mut parts = request.uri().clone().into_parts();
    parts.scheme = Some(scheme);
    parts.authority = Some(authority);
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// A response of the function's own.
pub(crate) fn text(status: StatusCode, reason: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{reason}\n")));
    *response.status_mut() = status;
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        header::HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}

/// Reads a response to its end: a function's response is one piece.
async fn read(
    edge: &Edge,
    host: &LambdaHost,
    response: Response<Outgoing<LambdaBody>>,
) -> Response<Bytes> {
    let (mut head, body) = response.into_parts();
    match body::read(body).await {
        Ok(body) => Response::from_parts(head, body),
        Err(error) => {
            if let Some(passed) = head.extensions.remove::<PassedBody>() {
                edge.body_broke_off(host, &passed);
            }
            text(StatusCode::BAD_GATEWAY, &error.to_string())
        }
    }
}

const LATE: &str = "the time of the invocation was over before there was a response";
