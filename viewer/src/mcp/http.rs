//! The tools by HTTP: the transport "Streamable HTTP", without sessions.
//!
//! <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http>

use super::Tools;
use crate::source::Source;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use std::fmt;
use std::sync::Arc;

/// The tools at one path of a server. Cloning is cheap.
///
/// A request of a page is refused, whatever its origin: an agent sends no `Origin`, and a page
/// that could ask would read all telemetry. The host checks `Host`.
#[derive(Clone)]
pub struct McpEndpoint {
    service: StreamableHttpService<Tools, NeverSessionManager>,
}

impl McpEndpoint {
    /// The usual path.
    pub const PATH: &str = "/mcp";

    /// The tools on a source.
    pub fn new(source: Arc<dyn Source>) -> Self {
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .disable_allowed_hosts()
            .enforce_origin_validation();
        let tools = Tools { source };
        Self {
            service: StreamableHttpService::new(
                move || Ok(tools.clone()),
                Arc::new(NeverSessionManager::default()),
                config,
            ),
        }
    }

    /// Responds to a request.
    pub async fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let response = self.service.handle(request.map(Full::new)).await;
        let (head, body) = response.into_parts();
        match body.collect().await {
            Ok(body) => Response::from_parts(head, body.to_bytes()),
            Err(error) => match error {},
        }
    }
}

impl fmt::Debug for McpEndpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("McpEndpoint")
            .finish_non_exhaustive()
    }
}
