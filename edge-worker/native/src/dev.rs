//! What does `throughline dev` add?

use crate::body::{Feed, SendBody};
use http::{Method, Request, Response, StatusCode, Uri};
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
        ending: watch::Receiver<bool>,
    ) -> Response<SendBody> {
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
                response.map(|events| SendBody::Events(Box::new(Feed { events, ending })))
            }
            Err(error) => {
                let mut response = Response::new(SendBody::whole(error.to_string().into()));
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }
}
