//! What happens to a request?

use crate::config::Config;
use crate::host::{Host, Outgoing};
use alloc::rc::Rc;
use bytes::Bytes;
use http::{Request, Response};

/// The edge on any host. Cloning is cheap and gives the same edge.
#[derive(Debug, Clone)]
pub struct Edge {
    config: Rc<Config>,
}

impl Edge {
    /// An edge as the operator configured it.
    ///
    /// # Errors
    /// [`ConfigError`] names the key that is wrong; the operator is at fault.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Ok(Self {
            config: Rc::new(config),
        })
    }

    /// Answers one request. It never fails: what goes wrong becomes an answer and an outcome.
    pub async fn handle<H: Host>(
        &self,
        _host: &H,
        _request: Request<H::Body>,
    ) -> Response<Outgoing<H::Body>> {
        let _ = &self.config;
        Response::new(Outgoing::Bytes(Bytes::new()))
    }

    /// Exports the outcome counts gathered since the last time, if there are any.
    /// `handle` does so by itself when they are due; a host that lives on calls this
    /// on a timer and before it ends.
    pub async fn flush_outcomes<H: Host>(&self, _host: &H) {}
}

/// Why a configuration cannot be used. The operator is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A key that this configuration needs is not there.
    #[error("{key} is missing: {wanted}")]
    Missing {
        /// The key's path in the configuration.
        key: &'static str,
        /// What belongs there.
        wanted: &'static str,
    },
    /// A key has a value that means nothing.
    #[error("{key} is {value:?}: {wanted}")]
    Invalid {
        /// The key's path in the configuration.
        key: Box<str>,
        /// What stands there.
        value: Box<str>,
        /// What belongs there.
        wanted: &'static str,
    },
}
