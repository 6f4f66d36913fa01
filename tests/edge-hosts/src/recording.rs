//! HTTP servers that record requests: the backend and the upstream of a run.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{SystemTime, UNIX_EPOCH};
use throughline_testkit::recorder::{Received, Recorder};
use tokio::net::TcpListener;
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
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    Ok(url)
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
    Ok(reply.response().map(|bytes| ReplyBody {
        bytes: Some(bytes),
        breaks: reply.breaks_off.then(|| Box::pin(permit(breaks)) as _),
    }))
}

async fn permit(breaks: Arc<Semaphore>) {
    if let Ok(permit) = breaks.acquire().await {
        permit.forget();
    }
}

/// A body of one chunk, which may break off behind it.
struct ReplyBody {
    bytes: Option<Bytes>,
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
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.breaks.is_none() && self.bytes.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        match &self.breaks {
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(length),
        }
    }
}
