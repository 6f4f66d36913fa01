//! What does the program do from start to end?

use crate::arguments::{ArgumentsError, HELP, Task};
use crate::config::{ConfigFile, ConfigFileError, NativeConfig};
use crate::dev::{self, Viewer};
use crate::host::NativeHost;
use crate::server::Core;
use std::ffi::OsString;
use std::io;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;
use throughline_edge::config::BackendKind;
use throughline_edge::config::ConfigError;
use throughline_edge::{Config, Edge, Machine};
use throughline_viewer::{Store, StoreError};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::LocalSet;

/// Runs the program as the arguments behind its name say.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let done = match Task::parse(arguments) {
        Ok(Task::Help) => print(HELP),
        Ok(Task::Version) => print(concat!("throughline ", env!("CARGO_PKG_VERSION"), "\n")),
        Ok(Task::Serve { config }) => serve_configured(config.as_deref()),
        Ok(Task::Dev { listen, store }) => serve_dev(listen, store.as_deref()),
        Err(error) => Err(StartError::Arguments(error)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Writes a line for the operator.
pub(crate) fn tell(message: &str) {
    // Nobody reads: then nobody is told.
    let _ = writeln!(io::stderr().lock(), "throughline: {message}");
}

/// Why the program cannot start. The operator, or the machine, is at fault.
#[derive(Debug, thiserror::Error)]
enum StartError {
    #[error("{0}; `throughline --help` lists what there is")]
    Arguments(#[from] ArgumentsError),
    #[error(transparent)]
    ConfigFile(#[from] ConfigFileError),
    #[error("{}: {error}", path.display())]
    ConfigOf { path: PathBuf, error: ConfigError },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(
        "backend.kind = \"store\" is what `throughline dev` has; set it to \"otlp\" and backend.url to your backend"
    )]
    StoreInProduction,
    #[error(
        "another program listens on {0} already; stop it (`ss -ltnp` names it) or listen elsewhere: native.listen in the configuration, --listen for `throughline dev`"
    )]
    InUse(SocketAddr),
    #[error("cannot listen on {address}: {error}")]
    Listen {
        address: SocketAddr,
        error: io::Error,
    },
    #[error("cannot open the store {}: {error}", path.display())]
    Store { path: PathBuf, error: StoreError },
    #[error("the system refuses what every program needs: {0}")]
    System(#[from] io::Error),
}

fn serve_configured(path: Option<&Path>) -> Result<(), StartError> {
    let path = path.unwrap_or_else(|| Path::new(DEFAULT_CONFIG));
    let file = ConfigFile::read(path)?;
    if file.edge.backend.kind == BackendKind::Store {
        return Err(StartError::StoreInProduction);
    }
    let wrong = |error| StartError::ConfigOf {
        path: path.into(),
        error,
    };
    Edge::new(file.edge.clone()).map_err(wrong)?;
    let program = Program::new(file.edge, &file.native, None)?;
    tell(&format!("listening on http://{}", program.address()?));
    program.run()
}

fn serve_dev(listen: SocketAddr, store: Option<&Path>) -> Result<(), StartError> {
    let place = store.map_or_else(|| "memory".to_owned(), |path| path.display().to_string());
    let opened = store.map_or_else(Store::in_memory, Store::open);
    let store = opened.map_err(|error| StartError::Store {
        path: place.clone().into(),
        error,
    })?;
    let native = NativeConfig {
        listen,
        // The store writes one batch at a time anyway.
        threads: Some(NonZeroUsize::MIN),
        ..NativeConfig::default()
    };
    let program = Program::new(dev::config(), &native, Some(store))?;
    let address = program.address()?;
    tell(&format!(
        "viewer and OTLP on http://{address}, kept in {place}"
    ));
    if !address.ip().is_loopback() {
        tell("anyone who reaches this address can send telemetry and read all of it");
    }
    program.run()
}

/// The program, listening and not yet serving.
struct Program {
    listener: TcpListener,
    threads: usize,
    core: CoreConfig,
}

/// What every core is made of.
#[derive(Clone)]
struct CoreConfig {
    edge: Config,
    machine: Machine,
    headers_within: Duration,
    store: Option<Store>,
    /// Whether only this machine can connect.
    loopback: bool,
}

impl Program {
    fn new(edge: Config, native: &NativeConfig, store: Option<Store>) -> Result<Self, StartError> {
        let address = native.listen;
        let listener = TcpListener::bind(address).map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => StartError::InUse(address),
            _ => StartError::Listen { address, error },
        })?;
        listener.set_nonblocking(true)?;
        let threads = native
            .threads
            .map_or_else(thread::available_parallelism, Ok)?;
        Ok(Self {
            listener,
            threads: threads.get(),
            core: CoreConfig {
                machine: Machine::new(&edge),
                edge,
                headers_within: Duration::from_millis(native.headers_within_ms),
                store,
                loopback: address.ip().is_loopback(),
            },
        })
    }

    fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves on every core until the program is told to end.
    fn run(self) -> Result<(), StartError> {
        let (end, ending) = watch::channel(false);
        // One socket for all cores, and not one each with SO_REUSEPORT: a second program
        // on the same port is told so, and the core that has time accepts.
        let mut cores = Vec::new();
        for _ in 0..self.threads {
            let listener = self.listener.try_clone()?;
            let (core, ending) = (self.core.clone(), ending.clone());
            let thread = thread::Builder::new()
                .name("throughline-core".into())
                .spawn(move || core.serve(listener, ending))?;
            cores.push(thread);
        }
        drop(self.listener);
        runtime()?.block_on(told_to_end())?;
        tell("ending: no new connections, exports finish");
        // The cores hold receivers for as long as they live.
        let _ = end.send(true);
        for core in cores {
            if let Ok(served) = core.join() {
                served?;
            }
        }
        Ok(())
    }
}

impl CoreConfig {
    fn serve(self, listener: TcpListener, ending: watch::Receiver<bool>) -> Result<(), StartError> {
        let report_every = Duration::from_millis(self.edge.outcomes.interval_ms);
        let edge = Edge::on(self.machine, self.edge)?;
        LocalSet::new().block_on(&runtime()?, async {
            let core = Core {
                edge,
                host: NativeHost::new(self.store.clone()),
                viewer: self.store.map(|store| Viewer {
                    store,
                    loopback: self.loopback,
                }),
                headers_within: self.headers_within,
                report_every,
                ending,
            };
            let listener = tokio::net::TcpListener::from_std(listener)?;
            core.serve(listener).await;
            Ok(())
        })
    }
}

async fn told_to_end() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

fn print(text: &str) -> Result<(), StartError> {
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

const DEFAULT_CONFIG: &str = "throughline.toml";
