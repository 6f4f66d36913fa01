//! An edge with one backend.

use throughline_edge::config::BackendConfig;
use throughline_edge::{Config, Edge};

/// An edge whose backend is `backend.test`.
pub(crate) fn edge(max_in_flight_bytes: usize) -> Edge {
    Edge::new(Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            max_in_flight_bytes,
            join_ms: 0,
            ..BackendConfig::default()
        },
        ..Config::default()
    })
    .expect("a usable configuration")
}
