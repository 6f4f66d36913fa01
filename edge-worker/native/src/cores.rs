//! Runs one serving thread per core, from the listening socket to the end of the program.

use crate::config::NativeConfig;
use crate::dev::{Store, Viewer};
use crate::health::Health;
use crate::host::NativeHost;
use crate::log;
use crate::queue::{DiskQueue, OpenError, QueueSettings};
use crate::reload::Reload;
use crate::server::{Configured, Server};
use crate::settings::Settings;
use std::cell::RefCell;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use throughline_edge::Config;
use throughline_edge::config::ConfigError;
use throughline_edge::host::Level;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::LocalSet;

/// The cores of the program, listening and not yet serving.
pub(crate) struct Cores {
    listener: TcpListener,
    address: SocketAddr,
    threads: usize,
    health: Health,
    settings: watch::Sender<Settings>,
    core: CoreConfig,
}

/// The parts of every core.
#[derive(Clone)]
struct CoreConfig {
    store: Option<Store>,
    queue: Option<DiskQueue>,
    address: SocketAddr,
    health: Health,
    /// Records that still waited for export when their core ended.
    unexported: Arc<AtomicU64>,
}

/// Why the cores do not serve. The operator, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CoresError {
    #[error(
        "another program listens on {0} already; stop it (`ss -ltnp` names it) or listen elsewhere: native.listen in the configuration, --listen for `throughline dev`"
    )]
    InUse(SocketAddr),
    #[error("cannot listen on {address}: {error}")]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error(transparent)]
    Queue(#[from] OpenError),
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
        let bound = native.listen.bind();
        let listener = bound.map_err(|(address, error)| match error.kind() {
            io::ErrorKind::AddrInUse => CoresError::InUse(address),
            _ => CoresError::Listen { address, error },
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let threads = native
            .threads
            .map_or_else(thread::available_parallelism, Ok)?;
        let health = Health::default();
        let queue = queue.map(|queue| DiskQueue::open(queue, &health));
        let queue = queue.transpose()?;
        Ok(Self {
            listener,
            address,
            threads: threads.get(),
            settings: watch::Sender::new(Settings::new(edge, native.headers_within(), threads)),
            core: CoreConfig {
                store,
                queue,
                address,
                health: health.clone(),
                unexported: Arc::default(),
            },
            health,
        })
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
            threads,
            health,
            settings,
            core,
            ..
        } = self;
        // Every configuration of the machine counts what waits together.
        let machine = settings.borrow().machine().clone();
        let (unexported, queue) = (Arc::clone(&core.unexported), core.queue.clone());
        let log_ending = || {
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
        let served = run_threads(threads, &health, beside, logs, |ending| {
            let (listener, core) = (listener.try_clone()?, core.clone());
            let changes = changes.clone();
            Ok(move || core.serve(listener, changes, ending))
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
        listener: TcpListener,
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
                host: NativeHost::new(self.store.clone()).with_queue(self.queue),
                viewer: self
                    .store
                    .map(|store| Viewer::new(store, machine, self.address.ip())),
                health: self.health,
                unexported: self.unexported,
                ending,
            };
            let listener = tokio::net::TcpListener::from_std(listener)?;
            server.serve(listener).await;
            Ok(())
        })
    }
}

/// Runs supervised threads until a signal ends the program, or until none is left. `make`
/// returns the work of one thread, which ends once its receiver becomes true; `beside` runs
/// meanwhile. `log_ready` is called once signals are awaited, and `log_ending` when one has come.
fn run_threads<W, E>(
    count: usize,
    health: &Health,
    beside: impl Future<Output = ()>,
    (log_ready, log_ending): (impl FnOnce(), impl FnOnce()),
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
            () = end.closed() => {}
            () = beside => {}
        }
    });
    let any_left = end.send(true).is_ok();
    if any_left {
        log_ending();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_ends_when_its_last_core_has_died() {
        let health = Health::default();
        let served = run_threads(
            2,
            &health,
            std::future::pending(),
            (|| (), || ()),
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
