//! An edge with several backends, each at a name of its own.

use super::{request, text};
use http::StatusCode;
use throughline_edge::config::BackendConfig;
use throughline_edge::outcome::{Outcome, Tally};
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::{SimBody, SimHost};

/// A host, and a recorder behind each name.
pub(crate) fn network<const N: usize>(names: [&str; N]) -> (SimHost, [Recorder; N]) {
    let host = SimHost::new(7);
    let recorders = names.map(|name| {
        let recorder = Recorder::default();
        host.serve(&format!("{name}.test"), &recorder);
        recorder
    });
    (host, recorders)
}

pub(crate) fn backend(name: &str) -> BackendConfig {
    BackendConfig {
        name: name.into(),
        url: Some(format!("http://{name}.test")),
        join_ms: 0,
        ..BackendConfig::default()
    }
}

pub(crate) fn edge(backends: Vec<BackendConfig>) -> Edge {
    let config = Config {
        open: true,
        backends,
        ..Config::default()
    };
    Edge::new(config).expect("a usable configuration")
}

/// The status of the response; a refusal says when to send again.
pub(crate) fn send(host: &SimHost, edge: &Edge, body: &str, key: Option<&str>) -> StatusCode {
    let mut request = request(SimBody::whole(body.to_owned().into()));
    if let Some(key) = key {
        let key = key.parse().expect("a header value");
        request.headers_mut().insert("x-throughline-key", key);
    }
    let response = host.executor().run(edge.handle(host, request));
    let response = response.expect("a response");
    let refused = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(text(&response).contains("send again in"), refused);
    response.status()
}

pub(crate) fn ended(tally: &Tally, backend: &str, outcome: Outcome) -> u64 {
    let ended = tally.ended.iter();
    let of = ended
        .filter(|(ended, _)| ended.outcome == outcome && ended.backend.as_deref() == Some(backend));
    of.map(|(_, count)| count).sum()
}
