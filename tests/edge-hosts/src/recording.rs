//! HTTP servers that record requests: the backend and the upstream of a run.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};
use throughline_testkit::recorder::{Received, Recorder, Trailers};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// Starts a server that records requests for as long as the runtime runs, and returns its
/// base URL. A body that breaks off does so when it gets a permit of `breaks`.
///
/// # Errors
/// When this machine has no free port.
pub async fn record(recorder: Recorder, breaks: Arc<Semaphore>) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (recorder, breaks) = (recorder.clone(), Arc::clone(&breaks));
            let service =
                service_fn(move |request| respond(recorder.clone(), Arc::clone(&breaks), request));
            tokio::spawn(async move {
                let is_http2 = begins_http2(&stream).await;
                let stream = TokioIo::new(stream);
                // A client may go away.
                let _ = match is_http2 {
                    true => {
                        let http2 = http2::Builder::new(TokioExecutor::new());
                        http2.serve_connection(stream, service).await
                    }
                    false => {
                        let http1 = http1::Builder::new();
                        http1.serve_connection(stream, service).await
                    }
                };
            });
        }
    });
    Ok(url)
}

/// Whether a client speaks HTTP/2, by prior knowledge: no method of HTTP/1.1 begins so.
async fn begins_http2(stream: &TcpStream) -> bool {
    let mut first = [0; 3];
    loop {
        match stream.peek(&mut first).await {
            Ok(3) => return first == *b"PRI",
            Ok(0) | Err(_) => return false,
            // The rest is on its way.
            Ok(_) => tokio::task::yield_now().await,
        }
    }
}

async fn respond(
    recorder: Recorder,
    breaks: Arc<Semaphore>,
    request: Request<Incoming>,
) -> Result<Response<ReplyBody>, io::Error> {
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
    let mut response = reply.response();
    let trailers = response.extensions_mut().remove::<Trailers>();
    Ok(response.map(|bytes| ReplyBody {
        bytes: Some(bytes),
        trailers: trailers.map(|Trailers(trailers)| trailers),
        breaks: reply.breaks_off.then(|| Box::pin(permit(breaks)) as _),
    }))
}

async fn permit(breaks: Arc<Semaphore>) {
    if let Ok(permit) = breaks.acquire().await {
        permit.forget();
    }
}

/// A body of one chunk, which may break off behind it, or have trailers.
struct ReplyBody {
    bytes: Option<Bytes>,
    trailers: Option<HeaderMap>,
    breaks: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match &mut self.breaks {
            Some(breaks) => (breaks.as_mut().poll(context))
                .map(|()| Some(Err(io::ErrorKind::ConnectionReset.into()))),
            None => Poll::Ready(
                self.trailers
                    .take()
                    .map(|trailers| Ok(Frame::trailers(trailers))),
            ),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.breaks.is_none()
            && self.trailers.is_none()
            && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        match (&self.breaks, &self.trailers) {
            (None, None) => SizeHint::with_exact(length),
            _ => SizeHint::default(),
        }
    }
}
