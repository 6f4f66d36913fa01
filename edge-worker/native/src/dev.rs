//! What does `throughline dev` add?

use crate::body::SendBody;
use crate::connection::Client;
use crate::feed::Feed;
use http::header::HOST;
use http::{Method, Request, Response, StatusCode, Uri};
use std::net::IpAddr;
use throughline_edge::Config;
use throughline_edge::config::{BackendConfig, BackendKind};
use throughline_viewer::{Answer, Store, respond};
use tokio::sync::watch;

/// The edge of a developer: it takes telemetry from anyone and keeps it.
pub fn config() -> Config {
    Config {
        open: true,
        backend: BackendConfig {
            kind: BackendKind::Store,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

/// The page that shows what the store has.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    pub(crate) store: Store,
    /// Whether only this machine can connect, and so only its own names are right.
    pub(crate) loopback: bool,
}

impl Viewer {
    /// Whether the viewer answers, and not the edge.
    pub(crate) fn is_for(&self, method: &Method, uri: &Uri) -> bool {
        let reads = method == Method::GET || method == Method::HEAD;
        let ingest = uri.path().starts_with("/v1/") || uri.path() == "/healthz";
        reads && !ingest
    }

    pub(crate) async fn answer<B>(
        &self,
        request: &Request<B>,
        client: &Client,
        ending: watch::Receiver<bool>,
    ) -> Response<SendBody> {
        let host = request
            .headers()
            .get(HOST)
            .and_then(|host| host.to_str().ok());
        if self.loopback && !host.is_some_and(is_loopback) {
            return stranger();
        }
        let (store, method, uri) = (
            self.store.clone(),
            request.method().clone(),
            request.uri().clone(),
        );
        // A query waits for the disk; the core has other things to do.
        let answer = tokio::task::spawn_blocking(move || respond(&store, &method, &uri)).await;
        match answer {
            Ok(Answer::Whole(response)) => response.map(SendBody::whole),
            Ok(Answer::Events(response)) => {
                response.map(|events| SendBody::Events(Box::new(Feed::new(events, ending, client))))
            }
            Err(error) => {
                let mut response = Response::new(SendBody::whole(error.to_string().into()));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }
}

/// Whether a Host header names this machine. A page of a stranger whose name leads here
/// (DNS rebinding) may read what is answered to it, but it cannot change the name.
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
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

fn stranger() -> Response<SendBody> {
    let text =
        "the viewer answers to this machine's own names: http://localhost or http://127.0.0.1\n";
    let mut response = Response::new(SendBody::whole(text.into()));
    *response.status_mut() = StatusCode::MISDIRECTED_REQUEST;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in [
            "localhost",
            "LOCALHOST:4318",
            "shop.localhost",
            "127.0.0.1:4318",
            "[::1]:4318",
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
