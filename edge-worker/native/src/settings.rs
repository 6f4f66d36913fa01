//! Settings: what a configuration decides for the cores. They may change while the cores serve.

use crate::clock::now_unix_nano;
use crate::config::ConfigFile;
use crate::host::NativeHost;
use std::num::NonZeroUsize;
use std::time::Duration;
use throughline_edge::config::ConfigError;
use throughline_edge::{Config, Edge, Machine};

/// One configuration, for all cores.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    edge: Config,
    machine: Machine,
    headers_within: Duration,
}

/// One configuration, as one core serves with it.
#[derive(Debug)]
pub(crate) struct Serving {
    pub(crate) edge: Edge,
    /// The time limit for the headers of a request.
    pub(crate) headers_within: Duration,
    /// How often the outcome counts are exported; zero is never.
    pub(crate) report_every: Duration,
}

impl Settings {
    /// The settings at the start.
    pub(crate) fn new(edge: Config, headers_within: Duration, cores: NonZeroUsize) -> Self {
        Self {
            machine: Machine::of::<NativeHost>(&edge, cores).begun_at(now_unix_nano()),
            edge,
            headers_within,
        }
    }

    /// The settings of a file, on the same machine.
    pub(crate) fn changed(&self, file: ConfigFile) -> Self {
        Self {
            machine: self.machine.reconfigured(&file.edge),
            edge: file.edge,
            headers_within: file.native.headers_within(),
        }
    }

    /// The machine that the cores share.
    pub(crate) const fn machine(&self) -> &Machine {
        &self.machine
    }

    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn serving(self) -> Result<Serving, ConfigError> {
        self.served_by(Edge::on)
    }

    /// The settings in place of those that a core serves with.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub(crate) fn serving_after(
        self,
        host: &NativeHost,
        earlier: &Serving,
    ) -> Result<Serving, ConfigError> {
        self.served_by(|machine, config| earlier.edge.replaced(host, machine, config))
    }

    fn served_by(
        self,
        edge: impl FnOnce(Machine, Config) -> Result<Edge, ConfigError>,
    ) -> Result<Serving, ConfigError> {
        let report_every = Duration::from_millis(self.edge.outcomes.interval_ms);
        Ok(Serving {
            edge: edge(self.machine, self.edge)?,
            headers_within: self.headers_within,
            report_every,
        })
    }
}
