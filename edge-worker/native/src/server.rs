//! The HTTP server of one core: passes requests to the edge.

use crate::body::{NativeBody, SendBody};
use crate::connection::{Client, Connection};
use crate::dev::Viewer;
use crate::health::Health;
use crate::host::{MAX_HEADERS, NativeHost};
use crate::log;
use crate::message;
use crate::queue::Deliveries;
use crate::settings::{Serving, Settings};
use crate::upgrade;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use throughline_edge::edge::DECIDE_EVERY;
use throughline_edge::host::{ClientAddress, Host, Level};
use throughline_edge::{Edge, PassedBody};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};

/// The server of one core.
pub(crate) struct Server {
    /// The configuration that it serves with.
    pub(crate) serving: Configured,
    /// The settings that it is to serve with.
    pub(crate) settings: RefCell<watch::Receiver<Settings>>,
    pub(crate) host: NativeHost,
    /// Only in development.
    pub(crate) viewer: Option<Viewer>,
    /// The health of the whole program.
    pub(crate) health: Health,
    /// Records of all cores that still waited for export at the end.
    pub(crate) unexported: Arc<AtomicU64>,
    /// Becomes true when the program ends.
    pub(crate) ending: watch::Receiver<bool>,
}

/// The configuration of a core, and those before it that still have work to do.
pub(crate) struct Configured {
    current: RefCell<Rc<Serving>>,
    replaced: RefCell<Vec<Rc<Serving>>>,
}

impl Configured {
    pub(crate) fn new(serving: Serving) -> Self {
        Self {
            current: RefCell::new(Rc::new(serving)),
            replaced: RefCell::default(),
        }
    }

    /// The configuration that serves a request which arrives now, to its end.
    fn current(&self) -> Rc<Serving> {
        Rc::clone(&self.current.borrow())
    }

    fn replace(&self, serving: Serving) {
        let before = self.current.replace(Rc::new(serving));
        self.replaced.borrow_mut().push(before);
    }

    /// Takes out those that no request and no export needs any more.
    fn take_finished(&self) -> Vec<Rc<Serving>> {
        let mut replaced = self.replaced.borrow_mut();
        let is_finished = |serving: &mut Rc<Serving>| {
            Rc::strong_count(serving) == 1 && queued(&serving.edge) == 0
        };
        replaced.extract_if(.., is_finished).collect()
    }

    /// All of them, the current one first: it exports the metrics, which all of them share.
    fn all(&self) -> Vec<Rc<Serving>> {
        let mut all = vec![self.current()];
        all.extend_from_slice(&self.replaced.borrow());
        all
    }
}

/// Records that have not ended.
fn queued(edge: &Edge) -> u64 {
    edge.tally().queued.values().sum()
}

impl Server {
    /// Serves until the program ends, then waits for open connections and exports, up to
    /// [`DRAIN`].
    pub(crate) async fn serve(self, listener: TcpListener) {
        let server = Rc::new(self);
        server.report_regularly();
        server.decide_regularly();
        server.deliver();
        let mut ending = server.ending.clone();
        let mut ended = pin!(ending.wait_for(|ending| *ending));
        loop {
            let accepted = tokio::select! {
                _ = &mut ended => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let connection = Rc::clone(&server).serve_connection(stream, peer);
                    server.host.background().spawn(connection);
                }
                Err(error) => {
                    // No file descriptor is free, as a rule; connections that end free some.
                    let line = format!("cannot accept a connection: {error}");
                    log::line(Level::Error, &line);
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(listener);
        if let Some(queue) = server.host.queue() {
            queue.end_deliveries();
        }
        server.drain().await;
    }

    async fn drain(&self) {
        let background = self.host.background();
        let end = Instant::now() + DRAIN;
        // Senders may still have spans of the traces that wait.
        let _ = timeout(DRAIN / 2, background.idle()).await;
        for serving in self.serving.all() {
            serving.edge.decide_all_traces(&self.host);
        }
        if timeout_at(end, background.idle()).await.is_err() {
            let running = background.running();
            let seconds = DRAIN.as_secs();
            log::line(
                Level::Warning,
                &format!(
                    "ended with {running} connections or exports unfinished after {seconds} s"
                ),
            );
        }
        // Ending in time matters more than the last counts.
        let all = self.serving.all();
        let _ = timeout(LAST_REPORT, self.flush(&all)).await;
        let left: u64 = all.iter().map(|serving| queued(&serving.edge)).sum();
        self.unexported.fetch_add(left, Ordering::Relaxed);
    }

    /// Takes other settings, if there are any, before the next request is served. Requests
    /// that have arrived, and what waits for export, end as they began.
    fn reconfigure(self: &Rc<Self>) {
        let mut changes = self.settings.borrow_mut();
        if !changes.has_changed().unwrap_or_default() {
            return;
        }
        let settings = changes.borrow_and_update().clone();
        match settings.serving_after(&self.host, &self.serving.current()) {
            Ok(serving) => self.serving.replace(serving),
            // The whole program has found it usable before.
            Err(error) => {
                let line = format!("the earlier configuration stays on a core: {error}");
                return log::line(Level::Error, &line);
            }
        }
        let server = Rc::clone(self);
        tokio::task::spawn_local(async move {
            while !server.serving.replaced.borrow().is_empty() {
                sleep(FINISHED_POLL).await;
                let finished = server.serving.take_finished();
                if !finished.is_empty() {
                    server.flush(&[server.serving.current()]).await;
                    server.flush(&finished).await;
                }
            }
        });
    }

    /// Exports the outcome counts.
    async fn flush(&self, all: &[Rc<Serving>]) {
        for serving in all {
            serving.edge.flush_outcomes(&self.host).await;
        }
    }

    fn report_regularly(self: &Rc<Self>) {
        let server = Rc::clone(self);
        tokio::task::spawn_local(async move {
            loop {
                server.reconfigure();
                // The interval may change, and 0 is none.
                let every = server.serving.current().report_every;
                sleep(if every.is_zero() { NO_REPORT } else { every }).await;
                if !every.is_zero() {
                    server.flush(&server.serving.all()).await;
                }
            }
        });
    }

    fn decide_regularly(self: &Rc<Self>) {
        let server = Rc::clone(self);
        tokio::task::spawn_local(async move {
            loop {
                sleep(DECIDE_EVERY).await;
                // A core without requests has other settings, too: it owns traces of them.
                server.reconfigure();
                for serving in server.serving.all() {
                    serving.edge.decide_due_traces(&server.host);
                }
            }
        });
    }

    /// Delivers messages of the durable queue, by the configuration that holds then.
    fn deliver(self: &Rc<Self>) {
        let Some(queue) = self.host.queue() else {
            return;
        };
        let (server, deliveries) = (Rc::clone(self), Deliveries::new(queue.clone()));
        tokio::task::spawn_local(async move {
            let taking = Rc::clone(&server);
            let take_up = move |message: Bytes, attempt| {
                let server = Rc::clone(&taking);
                async move {
                    server.reconfigure();
                    let serving = server.serving.current();
                    serving.edge.take_up(&server.host, &message, attempt).await
                }
            };
            deliveries.run(server.host.background(), take_up).await;
        });
    }

    async fn serve_connection(self: Rc<Self>, stream: TcpStream, peer: SocketAddr) {
        let _ = stream.set_nodelay(true);
        let stream = Connection::new(stream);
        let client = stream.client();
        let server = Rc::clone(&self);
        let respond = service_fn(move |request| {
            let (server, client) = (Rc::clone(&server), client.clone());
            async move { Ok::<_, Infallible>(server.respond(request, peer, &client).await) }
        });
        let mut ending = self.ending.clone();
        let mut ended = pin!(ending.wait_for(|ending| *ending));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.serving.current().headers_within)
                .max_header_size(MAX_HEAD_BYTES)
                .max_headers(MAX_HEADERS)
                // A browser that closes sends its last telemetry and disconnects: otherwise
                // hyper would drop it unread. The edge finds out which clients are gone.
                .half_close(true)
                .serve_connection(TokioIo::new(stream), respond)
                .with_upgrades()
        );
        tokio::select! {
            // A client that disconnects or sends no HTTP is no concern of the operator.
            _ = connection.as_mut() => return,
            _ = &mut ended => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }

    async fn respond(
        self: &Rc<Self>,
        mut request: Request<Incoming>,
        peer: SocketAddr,
        client: &Client,
    ) -> Response<SendBody> {
        let upgraded = hyper::upgrade::on(&mut request);
        let mut request = request.map(NativeBody);
        request.extensions_mut().insert(ClientAddress(peer.ip()));
        if let Err(malformed) = message::complete(&mut request) {
            let mut response = text(malformed.status(), malformed.to_string());
            // The end of its body is not certain: what follows is not read as a request.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            return response;
        }
        self.reconfigure();
        let serving = self.serving.current();
        let edge = &serving.edge;
        let (head, body) = request.into_parts();
        if let Some(failure) = self.health.failure()
            && edge.is_health_check(&head)
        {
            return text(StatusCode::SERVICE_UNAVAILABLE, failure);
        }
        if let Some(viewer) = &self.viewer
            && !edge.receives(&head)
            && let Some(response) = viewer.respond(&head, client, self.ending.clone()).await
        {
            return response;
        }
        let request = Request::from_parts(head, body);
        let host = self.host.for_request_of(client);
        let mut response = edge.handle(&host, request).await;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let joined = upgrade::join(upgraded, &mut response, self.ending.clone());
            self.host.background().spawn(joined);
        }
        let (broke_off, has_broken_off) = oneshot::channel();
        if let Some(passed) = response.extensions_mut().remove::<PassedBody>() {
            tokio::task::spawn_local(async move {
                // The other end is dropped with a body that has ended.
                if has_broken_off.await.is_ok() {
                    serving.edge.body_broke_off(&host, &passed);
                }
            });
        }
        response.map(|body| SendBody::response(body, client, broke_off))
    }
}

fn text(status: StatusCode, message: String) -> Response<SendBody> {
    let mut response = Response::new(SendBody::whole(message.into()));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// How long connections and exports may take when the program ends. Kubernetes allows 30 s
/// by default.
const DRAIN: Duration = Duration::from_secs(20);
/// How long the last outcome counts may take after that.
const LAST_REPORT: Duration = Duration::from_secs(3);
/// How often the server checks whether an earlier configuration has no more work.
const FINISHED_POLL: Duration = Duration::from_millis(500);
/// How often the server checks whether there are reports now.
const NO_REPORT: Duration = Duration::from_secs(1);
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
const MAX_HEAD_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;
    use std::num::NonZeroUsize;
    use throughline_edge::Config;
    use throughline_edge::config::{BackendConfig, BackendKind, OutcomesConfig};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::LocalSet;

    #[tokio::test]
    async fn a_health_check_fails_after_a_core_has_died_and_other_requests_go_on() {
        let health = Health::default();
        let (end, ending) = watch::channel(false);
        let config = Config {
            open: true,
            backend: BackendConfig {
                kind: BackendKind::Null,
                ..BackendConfig::default()
            },
            outcomes: OutcomesConfig {
                interval_ms: 0,
                ..OutcomesConfig::default()
            },
            ..Config::default()
        };
        let (settings, changes) = watch::channel(Settings::new(
            config,
            Duration::from_secs(5),
            NonZeroUsize::MIN,
        ));
        let serving = settings.borrow().clone().serving().expect("valid");
        let server = Server {
            serving: Configured::new(serving),
            settings: RefCell::new(changes),
            host: NativeHost::new(None),
            viewer: None,
            health: health.clone(),
            unexported: Arc::default(),
            ending,
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let send = async |request: &str| -> String {
            let mut stream = TcpStream::connect(address).await.expect("it listens");
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut response = String::new();
            stream.read_to_string(&mut response).await.expect("read");
            response
        };
        const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        const TRACES: &str = "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        let requests = async {
            assert!(send(HEALTH).await.starts_with("HTTP/1.1 200"));
            health.supervise("core 2 of 2", || -> io::Result<()> {
                panic!("at a bad index")
            });
            let response = send(HEALTH).await;
            assert!(response.starts_with("HTTP/1.1 503"), "{response}");
            let words = "core 2 of 2 died: panicked: at a bad index";
            assert!(response.ends_with(words), "{response}");
            assert!(send(TRACES).await.starts_with("HTTP/1.1 200"));
            end.send(true).expect("the server runs");
        };
        let served = server.serve(listener);
        LocalSet::new()
            .run_until(async { tokio::join!(served, requests) })
            .await;
    }
}
