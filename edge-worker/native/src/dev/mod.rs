//! The development mode, `throughline dev`: a store, and the viewer on it.

mod changes;
pub(crate) mod cli;
mod events;
mod remote;
mod served;

use crate::body::{NativeBody, SendBody};
use crate::clock::now_unix_nano;
use crate::connection::Client;
use crate::listen::Listen;
use crate::log;
use crate::store_bounds::StoreBounds;
use bytes::Bytes;
use events::EventStream;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use served::ServedScripts;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use throughline_edge::config::{BackendConfig, BackendKind, ScriptConfig};
use throughline_edge::host::Level;
use throughline_edge::{Config, Machine, host};
use throughline_otlp::Signal;
use throughline_viewer::{
    Bounds, McpEndpoint, OUTCOMES_PATH, StoreError, ViewerResponse, is_change, respond,
    respond_outcomes,
};
use tokio::sync::watch;

/// Why there is no development mode. The operator or the machine is at fault.
#[derive(Debug, thiserror::Error)]
#[error("cannot open the store {}: {error}", path.display())]
pub(crate) struct DevError {
    path: PathBuf,
    error: StoreError,
}

/// The store of the development mode. Cloning gives the same store.
#[derive(Debug, Clone)]
pub struct Store {
    store: throughline_viewer::Store,
    /// Where source maps are read; `None` where they are not.
    scripts: Option<ServedScripts>,
}

impl host::Store for Store {
    async fn append(&self, signal: Signal, export_request: Bytes) -> Result<(), host::StoreError> {
        let store = self.store.clone();
        let received_at = now_unix_nano();
        let export_request = match &self.scripts {
            Some(scripts) if signal == Signal::Logs => scripts.symbolicate(export_request).await,
            _ => export_request,
        };
        // SQLite waits for the disk; the core has other work.
        tokio::task::spawn_blocking(move || store.append(signal, &export_request, received_at))
            .await
            .map_err(|error| host::StoreError(error.to_string().into()))?
            .map_err(|error| host::StoreError(error.to_string().into()))
    }
}

/// Opens the store in a file; without one, in memory.
///
/// It reads the source maps that servers of this machine have, if only this machine reaches
/// the addresses of `listen`: whoever may send makes this program ask them.
pub(crate) fn open(
    path: Option<&Path>,
    bounds: StoreBounds,
    listen: &[&Listen],
) -> Result<Store, DevError> {
    path.map_or_else(
        throughline_viewer::Store::in_memory,
        throughline_viewer::Store::open,
    )
    .map(|store| Store {
        store: with_bounds(store, bounds),
        scripts: (listen.iter().all(|listen| listen.is_loopback())).then(ServedScripts::new),
    })
    .map_err(|error| DevError {
        path: path.unwrap_or_else(|| Path::new("in memory")).into(),
        error,
    })
}

/// Sets the bounds that are given; the store has defaults for the others.
fn with_bounds(store: throughline_viewer::Store, given: StoreBounds) -> throughline_viewer::Store {
    let own = store.bounds();
    store.with_bounds(Bounds {
        traces: given.traces.map(u64::from).or(own.traces),
        bytes: given.bytes.map(u64::from).or(own.bytes),
        ..own
    })
}

/// The bounds of a store, as text.
pub(crate) fn bounds(store: &Store) -> String {
    store.store.bounds().to_string()
}

/// The edge of a developer: it accepts telemetry from all senders and stores it.
pub(crate) fn config() -> Config {
    Config {
        open: true,
        script: ScriptConfig { enabled: true },
        backend: BackendConfig {
            kind: BackendKind::Store,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

/// The viewer of a store, and of the counts of the edge before it.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    store: Store,
    mcp: McpEndpoint,
    machine: Machine,
    /// Whether the program listens on loopback alone, so that only its names are right.
    loopback: bool,
}

impl Viewer {
    pub(crate) fn new(store: Store, machine: Machine, address: IpAddr) -> Self {
        Self {
            mcp: McpEndpoint::new(Arc::new(store.store.clone())),
            store,
            machine,
            loopback: address.to_canonical().is_loopback(),
        }
    }

    /// The response to a page that may not send: one that is not of this machine, while the program
    /// listens on loopback alone. Any site that a developer visits could write into the store
    /// otherwise. Programs send no Origin.
    pub(crate) fn refuse(&self, request: &Parts) -> Option<Response<SendBody>> {
        let origin = request.headers.get(ORIGIN)?.to_str().unwrap_or_default();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        if !self.loopback || is_loopback(host) {
            return None;
        }
        let text = format!(
            "pages of this machine alone may send to `throughline dev`, such as http://localhost:5173, and {origin} is none; \
             to receive from others, listen on an address that they reach: throughline dev --listen 0.0.0.0:4318\n"
        );
        log::line(Level::Warning, &text);
        let mut response = Response::new(SendBody::whole(text.into()));
        *response.status_mut() = StatusCode::FORBIDDEN;
        Some(response)
    }

    /// Whether a request that the edge does not receive is one of MCP.
    pub(crate) fn is_mcp(request: &Parts) -> bool {
        request.uri.path() == McpEndpoint::PATH
    }

    /// Responds to a request of MCP.
    pub(crate) async fn respond_mcp(&self, request: Request<NativeBody>) -> Response<SendBody> {
        let (head, body) = request.into_parts();
        if !self.is_at_home(&head) {
            return misdirected();
        }
        let Ok(body) = Limited::new(body.0, MAX_MCP_BYTES).collect().await else {
            let mut response = Response::new(SendBody::whole(TOO_LARGE.into()));
            *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            return response;
        };
        let request = Request::from_parts(head, body.to_bytes());
        self.mcp.respond(request).await.map(SendBody::whole)
    }

    /// Whether the request names this machine, or any name is right.
    fn is_at_home(&self, request: &Parts) -> bool {
        let host = request.headers.get(HOST);
        let host = host.and_then(|host| host.to_str().ok());
        !self.loopback || host.is_some_and(is_loopback)
    }

    /// Responds to a request that the edge does not receive; `None` when it is none for
    /// the viewer either.
    pub(crate) async fn respond(
        &self,
        request: &Parts,
        client: &Client,
        ending: watch::Receiver<bool>,
    ) -> Option<Response<SendBody>> {
        let is_change = request.method == Method::POST && is_change(request.uri.path());
        if request.method != Method::GET && request.method != Method::HEAD && !is_change {
            return None;
        }
        if !self.is_at_home(request) {
            return Some(misdirected());
        }
        if is_change && !is_of_own_page(request) {
            return Some(forbidden());
        }
        if request.uri.path() == OUTCOMES_PATH {
            let counts = self.machine.stats_json(now_unix_nano());
            let response = respond_outcomes(&request.method, &request.uri, counts);
            return Some(response.map(SendBody::whole));
        }
        let store = self.store.clone();
        let (method, uri) = (request.method.clone(), request.uri.clone());
        // A query waits for the disk, so it must not block the core.
        let response =
            tokio::task::spawn_blocking(move || respond(&store.store, &method, &uri)).await;
        Some(match response {
            Ok(ViewerResponse::Whole(response)) => response.map(SendBody::whole),
            Ok(ViewerResponse::Events(response)) => response
                .map(|events| SendBody::Stream(Box::pin(EventStream::new(events, ending, client)))),
            Err(error) => {
                let mut response = Response::new(SendBody::whole(error.to_string().into()));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        })
    }
}

/// Whether a Host header names this machine. A hostile page whose name resolves to this
/// address (DNS rebinding) may read responses, but it cannot change the Host header.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || name
            .parse()
            .is_ok_and(|address: IpAddr| address.to_canonical().is_loopback())
}

/// Whether a request that changes something comes from a page of the viewer or from a program, which
/// sends no Origin. Any site that a developer visits could send it otherwise.
fn is_of_own_page(request: &Parts) -> bool {
    let Some(origin) = request.headers.get(ORIGIN) else {
        return true;
    };
    let origin = origin.to_str().unwrap_or_default();
    let host = request
        .headers
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let own = origin.split_once("://").map(|(_, host)| host);
    own.is_some() && own == host
}

fn forbidden() -> Response<SendBody> {
    let text =
        r#"{"error":"only the viewer's own page, and programs, may change the state of errors"}"#;
    let mut response = Response::new(SendBody::whole(text.into()));
    *response.status_mut() = StatusCode::FORBIDDEN;
    (response.headers_mut()).insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn misdirected() -> Response<SendBody> {
    let text =
        "the viewer accepts the names of this machine only: http://localhost or http://127.0.0.1\n";
    let mut response = Response::new(SendBody::whole(text.into()));
    *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    response
}

/// Bytes of a request of MCP, which has the arguments of a query.
const MAX_MCP_BYTES: usize = 1 << 20;
const TOO_LARGE: &str = "a request of MCP has at most 1 MiB\n";

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    #[test]
    fn a_store_that_is_open_is_refused_with_its_owner() {
        let folder = std::env::temp_dir().join(format!("throughline-dev-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("store.sqlite");
        let listen: Listen = SocketAddr::from(([127, 0, 0, 1], 0)).into();
        let _open = open(Some(&path), StoreBounds::default(), &[&listen]).expect("a store");
        let refused = open(Some(&path), StoreBounds::default(), &[&listen])
            .expect_err("a second owner")
            .to_string();
        let process = std::process::id();
        assert_eq!(
            refused,
            format!(
                "cannot open the store {}: process {process} has it open; stop that one, or choose another file",
                path.display()
            )
        );
        assert!(
            open(
                Some(Path::new(":memory:")),
                StoreBounds::default(),
                &[&listen]
            )
            .is_ok()
        );
        std::fs::remove_dir_all(&folder).expect("the folder");
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in [
            "localhost",
            "LOCALHOST:4318",
            "shop.localhost",
            "127.0.0.1:4318",
            "[::1]:4318",
            "[::ffff:127.0.0.1]:4318",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:4318",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
