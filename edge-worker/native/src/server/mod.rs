//! The server of one core: accepts connections, and serves them until the program ends.

mod configured;
mod delivery;
mod respond;
#[cfg(test)]
mod tests;

use crate::connection::{Connection, Wire};
use crate::consumer::Consumer;
use crate::dev::Viewer;
use crate::health::Health;
use crate::host::NativeHost;
use crate::http1::HeadLimits;
use crate::message::MAX_HEADERS;
use crate::settings::{Serving, Settings};
use crate::tls::Tls;
use crate::{http1, http2, log};
pub(crate) use configured::Configured;
use configured::queued;
use http::uri::Scheme;
use hyper::service::service_fn;
use respond::Peer;
pub(crate) use respond::Port;
use std::cell::RefCell;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use throughline_edge::edge::DECIDE_EVERY;
use throughline_edge::host::{Host, Level};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::spawn_local;
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
    /// Ends the TLS of clients, where that is configured.
    pub(crate) tls: Option<Tls>,
    /// Becomes true when the program ends.
    pub(crate) ending: watch::Receiver<bool>,
}

impl Server {
    /// Serves until the program ends, then waits for open connections and exports, up to
    /// [`DRAIN`].
    pub(crate) async fn serve(self, listeners: Vec<(Port, TcpListener)>) {
        let server = Rc::new(self);
        server.report_regularly();
        server.decide_regularly();
        server.deliver();
        let consumer = server.consume();
        let accepting: Vec<_> = (listeners.into_iter())
            .map(|(port, listener)| spawn_local(Rc::clone(&server).accept(port, listener)))
            .collect();
        server.health.started();
        let mut ending = server.ending.clone();
        // A program whose main thread has ended, ends too.
        let _ = ending.wait_for(|ending| *ending).await;
        for accepting in accepting {
            accepting.abort();
            let _ = accepting.await;
        }
        if let Some(queue) = server.host.queue() {
            queue.end_deliveries();
        }
        let end = Instant::now() + DRAIN;
        if let Some(consumer) = consumer {
            consumer.end();
            consumer.ended().await;
        }
        server.drain(end).await;
    }

    /// Consumes the topics that machines share, by the configuration that holds then.
    fn consume(self: &Rc<Self>) -> Option<Consumer> {
        let kafka = self.host.topics()?;
        let server = Rc::clone(self);
        let edge = move || {
            server.reconfigure();
            server.serving.current().edge.clone()
        };
        Consumer::start(kafka, &self.host, edge)
    }

    /// Accepts connections, for as long as it runs.
    async fn accept(self: Rc<Self>, port: Port, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let connection = Rc::clone(&self).serve_connection(port, stream, peer);
                    self.host.background().spawn(connection);
                }
                Err(error) => {
                    // No file descriptor is free, as a rule; connections that end free some.
                    let line = format!("cannot accept a connection: {error}");
                    log::line(Level::Error, &line);
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn drain(&self, end: Instant) {
        let background = self.host.background();
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
        spawn_local(async move {
            while server.serving.has_replaced() {
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
        spawn_local(async move {
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
        spawn_local(async move {
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

    async fn serve_connection(self: Rc<Self>, port: Port, stream: TcpStream, peer: SocketAddr) {
        let _ = stream.set_nodelay(true);
        let mut stream = Connection::new(stream);
        let mut peer = Peer {
            address: peer.ip(),
            client: stream.client(),
            scheme: Scheme::HTTP,
            port,
        };
        let within = self.serving.current().headers_within;
        let mut ending = self.ending.clone();
        let mut ended = pin!(ending.wait_for(|ending| *ending));
        let Some(tls) = &self.tls else {
            let begun = tokio::select! {
                begun = timeout(within, stream.wire()) => begun,
                _ = ended.as_mut() => return,
            };
            if let Ok(Ok(wire)) = begun {
                Rc::clone(&self).serve_http(stream, wire, peer).await;
            }
            return;
        };
        let begun = tokio::select! {
            begun = timeout(within.min(HANDSHAKE), tls.accept(stream)) => begun,
            _ = ended.as_mut() => return,
        };
        // A client that disconnects, or accepts no certificate of ours, is no concern of
        // the operator.
        if let Ok(Ok((stream, wire))) = begun {
            peer.scheme = Scheme::HTTPS;
            Rc::clone(&self).serve_http(stream, wire, peer).await;
        }
    }

    async fn serve_http<I>(self: Rc<Self>, io: I, wire: Wire, peer: Peer)
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let limits = HeadLimits {
            within: self.serving.current().headers_within,
            bytes: MAX_HEAD_BYTES,
            headers: MAX_HEADERS,
        };
        let background = self.host.background().clone();
        let mut ending = self.ending.clone();
        let ended = async move {
            // A program whose main thread has ended, ends too.
            let _ = ending.wait_for(|ending| *ending).await;
        };
        let respond = service_fn(move |request| {
            let (server, peer) = (Rc::clone(&self), peer.clone());
            async move { Ok::<_, Infallible>(server.respond(request, &peer).await) }
        });
        match wire {
            Wire::Http1 => http1::serve(io, respond, limits, ended).await,
            Wire::Http2 => http2::serve(io, respond, limits, &background, ended).await,
        }
    }
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
/// How long the handshake of TLS may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
const MAX_HEAD_BYTES: usize = 64 << 10;
