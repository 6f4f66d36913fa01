//! HTTP servers that record requests: the backend and the upstream of a run.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::time::{SystemTime, UNIX_EPOCH};
use throughline_testkit::recorder::{Received, Recorder};
use tokio::net::TcpListener;

/// Starts a server that records requests for as long as the runtime runs, and returns its
/// base URL.
///
/// # Errors
/// When this machine has no free port.
pub async fn record(recorder: Recorder) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let recorder = recorder.clone();
            let service = service_fn(move |request| respond(recorder.clone(), request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    Ok(url)
}

async fn respond(
    recorder: Recorder,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let since_epoch = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let reply = recorder.receive(Received {
        method: head.method,
        path: path.to_owned(),
        headers: head.headers,
        body,
        at_unix_nano: since_epoch.as_nanos() as u64,
    });
    if reply.hang {
        core::future::pending::<()>().await;
    }
    if reply.drop {
        return Err(io::ErrorKind::ConnectionReset.into());
    }
    Ok(reply.response().map(Full::new))
}
