//! Runs one serving thread per core, from the listening socket to the end of the program.

use crate::config::NativeConfig;
use crate::dev::{Store, Viewer};
use crate::health::Health;
use crate::host::NativeHost;
use crate::kafka::Kafka;
use crate::listen::Listen;
use crate::log;
use crate::queue::{DiskQueue, OpenError, QueueSettings};
use crate::reload::Reload;
use crate::server::{Configured, Port, Server};
use crate::settings::Settings;
use crate::source_maps::{DirectoryError, SourceMapDirectory};
use crate::tls::{CertificateError, Tls};
use std::cell::RefCell;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;
use throughline_edge::Config;
use throughline_edge::config::ConfigError;
use throughline_edge::host::Level;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::sleep;

/// The cores of the program, listening and not yet serving.
pub(crate) struct Cores {
    listener: TcpListener,
    address: SocketAddr,
    /// For OTLP/gRPC.
    grpc: Option<TcpListener>,
    threads: usize,
    /// How long it goes on after a signal.
    end_after: Duration,
    health: Health,
    settings: watch::Sender<Settings>,
    core: CoreConfig,
}

/// The parts of every core.
#[derive(Clone)]
struct CoreConfig {
    store: Option<Store>,
    queue: Option<DiskQueue>,
    source_maps: Option<SourceMapDirectory>,
    kafka: Option<Kafka>,
    address: SocketAddr,
    health: Health,
    /// Records that still waited for export when their core ended.
    unexported: Arc<AtomicU64>,
    tls: Option<Tls>,
}

/// Why the cores do not serve. The operator, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CoresError {
    #[error(
        "another program listens on {address} already; stop it (`ss -ltnp` names it) or listen elsewhere: {place}"
    )]
    InUse {
        address: SocketAddr,
        place: &'static str,
    },
    #[error("cannot listen on {address}: {error}")]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error(transparent)]
    Queue(#[from] OpenError),
    #[error(transparent)]
    SourceMaps(#[from] DirectoryError),
    #[error("a system call failed that every program needs: {0}")]
    System(#[from] io::Error),
    #[error("ended because no core serves any more, restart the program: {0}")]
    Died(String),
}

/// Why one core does not serve.
#[derive(Debug, thiserror::Error)]
enum CoreError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    System(#[from] io::Error),
}

impl Cores {
    /// Listens on the configured address.
    pub(crate) fn listen(
        edge: Config,
        native: &NativeConfig,
        store: Option<Store>,
        queue: Option<&QueueSettings>,
    ) -> Result<Self, CoresError> {
        let listener = bind(&native.listen, HTTP_PLACE)?;
        let grpc = native.grpc.listen.as_ref();
        let grpc = grpc.map(|listen| bind(listen, GRPC_PLACE)).transpose()?;
        let address = listener.local_addr()?;
        let threads = native
            .threads
            .map_or_else(thread::available_parallelism, Ok)?;
        let health = Health::default();
        let tls = native.tls.as_ref().map(Tls::open).transpose()?;
        let queue = queue.map(|queue| DiskQueue::open(queue, &health));
        let queue = queue.transpose()?;
        let source_maps = edge.sourcemaps.directory.as_deref();
        let source_maps = source_maps.map(SourceMapDirectory::open).transpose()?;
        Ok(Self {
            listener,
            address,
            grpc,
            threads: threads.get(),
            end_after: Duration::from_millis(native.end_after_ms),
            settings: watch::Sender::new(Settings::new(edge, native.headers_within(), threads)),
            core: CoreConfig {
                store,
                queue,
                source_maps,
                kafka: None,
                address,
                health: health.clone(),
                unexported: Arc::default(),
                tls,
            },
            health,
        })
    }

    /// The same, with topics that machines share.
    pub(crate) fn with_topics(mut self, kafka: Option<Kafka>) -> Self {
        self.core.kafka = kafka;
        self
    }

    /// Listens for OTLP/gRPC too, where nobody else does.
    pub(crate) fn or_grpc_on(mut self, listen: &Listen) -> Self {
        if self.grpc.is_none() {
            self.grpc = bind(listen, GRPC_PLACE).ok();
        }
        self
    }

    /// The address that it listens on for OTLP/gRPC.
    pub(crate) fn grpc_address(&self) -> Option<SocketAddr> {
        self.grpc.as_ref()?.local_addr().ok()
    }

    /// The TLS of its clients.
    pub(crate) fn tls(&self) -> Option<&Tls> {
        self.core.tls.as_ref()
    }

    /// The address that it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves on every core until a signal ends the program, or until no core is left. New
    /// configurations come from `reload`. Calls `log_ready` once a signal lets exports finish.
    pub(crate) fn run(
        self,
        reload: Option<Reload>,
        log_ready: impl FnOnce(),
    ) -> Result<(), CoresError> {
        let Self {
            listener,
            grpc,
            threads,
            end_after,
            health,
            settings,
            core,
            ..
        } = self;
        // Every configuration of the machine counts what waits together.
        let machine = settings.borrow().machine().clone();
        let (unexported, queue) = (Arc::clone(&core.unexported), core.queue.clone());
        let log_ending = |after: Duration| {
            if !after.is_zero() {
                let seconds = after.as_secs_f64();
                let line = format!(
                    "ending in {seconds} s, or at once at a second signal: /readyz responds with 503"
                );
                return log::line(Level::Info, &line);
            }
            let waiting = match machine.waiting_records() {
                0 => String::new(),
                records => format!("; {records} records wait for export"),
            };
            let line = format!("ending: no new connections, exports finish{waiting}");
            log::line(Level::Info, &line);
        };
        // One socket for all cores, and not one each with SO_REUSEPORT: a second program
        // on the same port fails, and whichever core is idle accepts.
        let changes = settings.subscribe();
        let beside = async {
            match reload {
                Some(reload) => reload.run(settings).await,
                None => std::future::pending().await,
            }
        };
        let logs = (log_ready, log_ending);
        let count = (threads, end_after);
        let served = run_threads(count, &health, beside, logs, |ending| {
            let mut listeners = vec![(Port::Http, listener.try_clone()?)];
            if let Some(grpc) = &grpc {
                listeners.push((Port::Grpc, grpc.try_clone()?));
            }
            let (core, changes) = (core.clone(), changes.clone());
            Ok(move || core.serve(listeners, changes, ending))
        });
        if let Some(queue) = queue {
            queue.close();
        }
        let left = unexported.load(Ordering::Relaxed);
        if left > 0 {
            let line = format!("ended: {left} records that waited for export are lost");
            log::line(Level::Error, &line);
        }
        served
    }
}

impl CoreConfig {
    fn serve(
        self,
        listeners: Vec<(Port, TcpListener)>,
        mut changes: watch::Receiver<Settings>,
        ending: watch::Receiver<bool>,
    ) -> Result<(), CoreError> {
        let settings = changes.borrow_and_update().clone();
        // The development mode has one configuration for as long as it runs.
        let machine = settings.machine().clone();
        let serving = settings.serving()?;
        LocalSet::new().block_on(&runtime()?, async {
            let server = Server {
                serving: Configured::new(serving),
                settings: RefCell::new(changes),
                host: NativeHost::new(self.store.clone())
                    .with_queue(self.queue)
                    .with_source_maps(self.source_maps)
                    .with_topics(self.kafka),
                viewer: self
                    .store
                    .map(|store| Viewer::new(store, machine, self.address.ip())),
                health: self.health,
                unexported: self.unexported,
                tls: self.tls,
                ending,
            };
            let listeners: io::Result<Vec<_>> = (listeners.into_iter())
                .map(|(port, listener)| Ok((port, tokio::net::TcpListener::from_std(listener)?)))
                .collect();
            server.serve(listeners?).await;
            Ok(())
        })
    }
}

/// Listens on an address, which is configured at this place.
fn bind(listen: &Listen, place: &'static str) -> Result<TcpListener, CoresError> {
    let bound = listen.bind();
    let listener = bound.map_err(|(address, error)| match error.kind() {
        io::ErrorKind::AddrInUse => CoresError::InUse { address, place },
        _ => CoresError::Listen { address, error },
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Runs supervised threads until a signal ends the program, or until none is left. `make`
/// returns the work of one thread, which ends once its receiver becomes true; `beside` runs
/// meanwhile. `log_ready` is called once signals are awaited, and `log_ending` when one has come,
/// with the time for which the threads go on.
fn run_threads<W, E>(
    (count, end_after): (usize, Duration),
    health: &Health,
    beside: impl Future<Output = ()>,
    (log_ready, log_ending): (impl FnOnce(), impl Fn(Duration)),
    mut make: impl FnMut(watch::Receiver<bool>) -> io::Result<W>,
) -> Result<(), CoresError>
where
    W: FnOnce() -> Result<(), E> + Send + 'static,
    E: std::fmt::Display,
{
    // Before any thread starts: what the whole program needs, and a signal that comes early.
    let runtime = runtime()?;
    let mut signals = {
        let _context = runtime.enter();
        Signals::listen()?
    };
    log_ready();
    let (end, ending) = watch::channel(false);
    let mut threads = Vec::new();
    health.expect(count);
    for number in 1..=count {
        let (work, health) = (make(ending.clone())?, health.clone());
        let thread = thread::Builder::new()
            .name(format!("throughline-core-{number}"))
            .spawn(move || health.supervise(&format!("core {number} of {count}"), work))?;
        threads.push(thread);
    }
    // Only the threads have receivers now.
    drop(ending);
    runtime.block_on(async {
        tokio::select! {
            () = signals.next() => {}
            () = end.closed() => return,
            () = beside => {}
        }
        health.end();
        if end_after.is_zero() {
            return;
        }
        log_ending(end_after);
        tokio::select! {
            () = signals.next() => {}
            () = end.closed() => {}
            () = sleep(end_after) => {}
        }
    });
    let any_left = end.send(true).is_ok();
    if any_left {
        log_ending(Duration::ZERO);
    }
    for thread in threads {
        // The supervisor has caught the thread's panic.
        let _ = thread.join();
    }
    match health.failure() {
        Some(failure) if !any_left => Err(CoresError::Died(failure)),
        _ => Ok(()),
    }
}

/// The signals that end the program.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

const HTTP_PLACE: &str = "native.listen in the configuration, --listen for `throughline dev`";
const GRPC_PLACE: &str = "native.grpc.listen in the configuration, --grpc for `throughline dev`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_ends_when_its_last_core_has_died() {
        let health = Health::default();
        let served = run_threads(
            (2, Duration::ZERO),
            &health,
            std::future::pending(),
            (|| (), |_| ()),
            |ending| {
                Ok(move || -> io::Result<()> {
                    let _ending = ending;
                    panic!("at a bad index")
                })
            },
        );
        let died = served.expect_err("no core is left").to_string();
        assert!(died.contains("no core serves any more"), "{died}");
        for core in [
            "core 1 of 2 died",
            "core 2 of 2 died: panicked: at a bad index",
        ] {
            assert!(died.contains(core), "{died}");
        }
    }
}
