//! Calls of gRPC: telemetry, and the health of the receiver.

use super::Edge;
use crate::host::{Host, Outgoing};
use crate::http::route::Ingest;
use crate::http::{Refusal, response};
use crate::receiver::otlp_grpc::{self, Call};
use http::{Request, Response};

impl Edge {
    /// Handles one call of gRPC, as [`Edge::handle`] does a request: OTLP/gRPC, and the health
    /// service, which says whether the host is ready for requests. A platform that
    /// speaks HTTP/2 calls it; the response may have [`Trailers`](crate::host::Trailers).
    pub async fn handle_rpc<H: Host>(
        &self,
        host: &H,
        request: Request<H::Body>,
        is_ready: bool,
    ) -> Response<Outgoing<H::Body>> {
        let inner = &*self.inner;
        self.begin_counts(host);
        let (head, mut body) = request.into_parts();
        let response = match Call::of(&head) {
            Call::Export(protocol) => {
                let ingest = Ingest {
                    protocol,
                    path: head.uri.path(),
                };
                let caller = inner.trusted_proxies.caller(&head);
                let receiver = &inner.receiver;
                receiver.receive(host, &head, body, ingest, &caller).await
            }
            Call::Health => {
                let memory = &inner.machine.reading_bytes;
                let response = otlp_grpc::check(host, &head, &mut body, memory, is_ready).await;
                response.map(Outgoing::Bytes)
            }
            Call::Unknown => {
                let refusal = Refusal::UnknownMethod;
                let response = otlp_grpc::failure(&refusal);
                inner.count_refused(response.status(), &refusal);
                response.map(Outgoing::Bytes)
            }
            Call::NotGrpc => {
                let refusal = otlp_grpc::not_grpc();
                let response = response::refusal(&refusal);
                inner.count_refused(response.status(), &refusal);
                response.map(Outgoing::Bytes)
            }
        };
        self.report_when_due(host);
        response
    }
}
