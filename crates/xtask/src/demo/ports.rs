//! The ports of the demo's parts.

use super::backends::BackendPorts;
use crate::failure::Failure;
use crate::process::listens;
use std::net::TcpListener;

/// A port of 127.0.0.1 for each part that listens.
#[derive(Debug, Clone)]
pub(crate) struct Ports {
    pub(crate) edge: u16,
    pub(crate) viewer: u16,
    pub(crate) orders: u16,
    pub(crate) pricing: u16,
    pub(crate) vouchers: u16,
    pub(crate) postgres: u16,
    pub(crate) redis: u16,
    pub(crate) sqs: u16,
    pub(crate) site: u16,
    /// Those of `--backends`.
    pub(crate) backends: Option<BackendPorts>,
}

impl Ports {
    /// The ports of the README, or those of the environment variables. Fails when one is
    /// in use. They are below those that systems give to clients, which may have any of theirs.
    pub(crate) fn from_environment() -> Result<Self, Failure> {
        Ok(Self {
            edge: chosen("edge", 8787)?,
            viewer: chosen("viewer", 4318)?,
            orders: chosen("orders", 8081)?,
            pricing: chosen("pricing", 8082)?,
            vouchers: chosen("vouchers", 8083)?,
            postgres: chosen("postgres", 15432)?,
            redis: chosen("redis", 16379)?,
            sqs: chosen("sqs", 14566)?,
            site: chosen("site", 5173)?,
            backends: None,
        })
    }

    /// Free ports, for tests beside a running demo.
    pub(crate) fn free() -> Result<Self, Failure> {
        Ok(Self {
            backends: None,
            ..Self::free_with_backends()?
        })
    }

    /// Free ports, those of `--backends` too.
    pub(crate) fn free_with_backends() -> Result<Self, Failure> {
        let [
            edge,
            viewer,
            orders,
            pricing,
            vouchers,
            postgres,
            redis,
            sqs,
            site,
            backends @ ..,
        ] = free_ports::<17>()?;
        Ok(Self {
            edge,
            viewer,
            orders,
            pricing,
            vouchers,
            postgres,
            redis,
            sqs,
            site,
            backends: Some(BackendPorts::of(backends)),
        })
    }

    /// The port that telemetry of services and edge goes to.
    pub(super) fn telemetry(&self) -> u16 {
        let backends = self.backends.as_ref();
        backends.map_or(self.viewer, |backends| backends.collector)
    }
}

/// Ports of 127.0.0.1 on which nothing listens, no two the same.
fn free_ports<const COUNT: usize>() -> Result<[u16; COUNT], Failure> {
    let failed = |error| Failure::Check(format!("no free port: {error}"));
    // All listeners stay open until the end, so that no two ports are the same.
    let mut listeners = Vec::with_capacity(COUNT);
    let mut ports = [0; COUNT];
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        *port = listener.local_addr().map_err(failed)?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

/// The port of a part, or that of its environment variable. Fails when it is in use.
pub(super) fn chosen(part: &str, default: u16) -> Result<u16, Failure> {
    let variable = format!("THROUGHLINE_PORT_{}", part.to_uppercase());
    let port = match std::env::var(&variable) {
        Err(_) => default,
        Ok(text) => text
            .parse()
            .map_err(|_| Failure::Usage(format!("{variable}={text} is not a port")))?,
    };
    if listens(port) {
        return Err(Failure::Part {
            name: part.to_owned(),
            reason: format!(
                "port {port} is in use. Stop what listens there (`ss -ltnp sport = :{port}` \
                 names it), or choose another: {variable}={} cargo xtask demo",
                port.wrapping_add(100)
            ),
        });
    }
    Ok(port)
}
