//! How do requests reach the edge on one core?

use crate::body::{NativeBody, SendBody};
use crate::connection::{Client, Connection};
use crate::dev::Viewer;
use crate::host::NativeHost;
use crate::message;
use crate::program::tell;
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use throughline_edge::Edge;
use throughline_edge::host::ClientAddress;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// One core's share of the program.
pub(crate) struct Core {
    pub(crate) edge: Edge,
    pub(crate) host: NativeHost,
    /// In development.
    pub(crate) viewer: Option<Viewer>,
    /// Against clients that send their headers a byte at a time.
    pub(crate) headers_within: Duration,
    /// How often the outcome counts are exported; zero is never.
    pub(crate) report_every: Duration,
    /// Becomes true when the program is to end.
    pub(crate) ending: watch::Receiver<bool>,
}

impl Core {
    /// Serves until the program is to end, then lets what is under way end within
    /// [`DRAIN`].
    pub(crate) async fn serve(self, listener: TcpListener) {
        let core = Rc::new(self);
        core.report_regularly();
        let mut ending = core.ending.clone();
        let mut ended = pin!(ending.wait_for(|ending| *ending));
        loop {
            let accepted = tokio::select! {
                _ = &mut ended => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let connection = Rc::clone(&core).converse(stream, peer);
                    core.host.background().spawn(connection);
                }
                Err(error) => {
                    // Out of file descriptors, as a rule: it passes when connections end.
                    tell(&format!("cannot accept a connection: {error}"));
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        core.drain().await;
    }

    async fn drain(&self) {
        let background = self.host.background();
        if timeout(DRAIN, background.idle()).await.is_err() {
            let running = background.running();
            let seconds = DRAIN.as_secs();
            tell(&format!(
                "ended with {running} connections or exports unfinished after {seconds} s"
            ));
        }
        // What the counts say matters less than an end in time.
        let _ = timeout(LAST_REPORT, self.edge.flush_outcomes(&self.host)).await;
    }

    fn report_regularly(self: &Rc<Self>) {
        if self.report_every.is_zero() {
            return;
        }
        let core = Rc::clone(self);
        tokio::task::spawn_local(async move {
            loop {
                sleep(core.report_every).await;
                core.edge.flush_outcomes(&core.host).await;
            }
        });
    }

    async fn converse(self: Rc<Self>, stream: TcpStream, peer: SocketAddr) {
        let _ = stream.set_nodelay(true);
        let stream = Connection::new(stream);
        let client = stream.client();
        let core = Rc::clone(&self);
        let answer = service_fn(move |request| {
            let (core, client) = (Rc::clone(&core), client.clone());
            async move { Ok::<_, Infallible>(core.answer(request, peer, &client).await) }
        });
        let mut ending = self.ending.clone();
        let mut ended = pin!(ending.wait_for(|ending| *ending));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.headers_within)
                .max_header_size(MAX_HEAD_BYTES)
                // A browser that ends sends its last telemetry and hangs up: hyper would
                // drop it unread. Who waits in vain is found out by the edge.
                .half_close(true)
                .serve_connection(TokioIo::new(stream), answer)
        );
        tokio::select! {
            // A client that goes away, or sends no HTTP, is not the operator's business.
            _ = connection.as_mut() => return,
            _ = &mut ended => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        client: &Client,
    ) -> Response<SendBody> {
        let mut request = request.map(NativeBody);
        request.extensions_mut().insert(ClientAddress(peer.ip()));
        if let Err(malformed) = message::complete(&mut request) {
            let mut answer = Response::new(SendBody::whole(malformed.to_string().into()));
            *answer.status_mut() = malformed.status();
            // Where its body ends is not sure: what follows is not read as a request.
            for (name, value) in [
                (header::CONNECTION, "close"),
                (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
            ] {
                answer
                    .headers_mut()
                    .insert(name, HeaderValue::from_static(value));
            }
            return answer;
        }
        if let Some(viewer) = &self.viewer
            && viewer.is_for(request.method(), request.uri())
        {
            return viewer.answer(&request, client, self.ending.clone()).await;
        }
        let host = self.host.asked_by(client);
        let response = self.edge.handle(&host, request).await;
        response.map(|body| SendBody::answer(body, client))
    }
}

/// How long connections and exports may go on when the program is to end. Kubernetes
/// allows 30 s by default.
const DRAIN: Duration = Duration::from_secs(20);
/// How long the last outcome counts may take after that.
const LAST_REPORT: Duration = Duration::from_secs(3);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const MAX_HEAD_BYTES: usize = 64 << 10;
