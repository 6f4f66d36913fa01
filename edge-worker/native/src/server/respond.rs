//! Responds to one request: by the edge, or in its place.

use super::Server;
use crate::body::{NativeBody, SendBody};
use crate::connection::Client;
use crate::dev::Viewer;
use crate::message;
use crate::upgrade;
use http::uri::Scheme;
use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::body::Incoming;
use std::net::IpAddr;
use std::rc::Rc;
use throughline_edge::host::{ClientAddress, Trailers};
use throughline_edge::{Edge, PassedBody};
use tokio::sync::oneshot;

/// The sender of the requests of one connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    pub(super) client: Client,
    /// The scheme of the connection.
    pub(super) scheme: Scheme,
    pub(super) port: Port,
}

/// The purpose of a listening address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Port {
    /// Requests of HTTP.
    Http,
    /// Calls of gRPC, which needs HTTP/2.
    Grpc,
}

impl Server {
    pub(super) async fn respond(
        self: &Rc<Self>,
        mut request: Request<Incoming>,
        peer: &Peer,
    ) -> Response<SendBody> {
        let client = &peer.client;
        let upgraded = hyper::upgrade::on(&mut request);
        let mut request = request.map(NativeBody);
        request.extensions_mut().insert(ClientAddress(peer.address));
        if let Err(malformed) = message::complete(&mut request, &peer.scheme) {
            let mut response = text(malformed.status(), malformed.to_string());
            // The end of its body is not certain: what follows is not read as a request.
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
            return response;
        }
        self.reconfigure();
        let serving = self.serving.current();
        let edge = &serving.edge;
        if peer.port == Port::Grpc {
            return self.respond_to_call(edge, request, client).await;
        }
        let (head, body) = request.into_parts();
        if let Some(failure) = self.health.failure()
            && edge.is_health_check(&head)
        {
            return text(StatusCode::SERVICE_UNAVAILABLE, failure);
        }
        if let Some(reason) = self.health.unready()
            && edge.is_readiness_check(&head)
        {
            return text(StatusCode::SERVICE_UNAVAILABLE, reason);
        }
        if let Some(response) = edge.scrape(&self.host, &head) {
            return response.map(SendBody::whole);
        }
        if let Some(viewer) = &self.viewer
            && edge.receives(&head)
            && let Some(response) = viewer.refuse(&head)
        {
            return response;
        }
        if let Some(viewer) = &self.viewer
            && Viewer::is_mcp(&head)
        {
            return viewer.respond_mcp(Request::from_parts(head, body)).await;
        }
        if let Some(viewer) = &self.viewer
            && !edge.receives(&head)
            && let Some(response) = viewer.respond(&head, client, self.ending.clone()).await
        {
            return response;
        }
        let request = Request::from_parts(head, body);
        let host = self.host.for_request_of(client);
        let mut response = edge.handle(&host, request).await;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let joined = upgrade::join(upgraded, &mut response, self.ending.clone());
            self.host.background().spawn(joined);
        }
        let (broke_off, has_broken_off) = oneshot::channel();
        if let Some(passed) = response.extensions_mut().remove::<PassedBody>() {
            tokio::task::spawn_local(async move {
                // The other end is dropped with a body that has ended.
                if has_broken_off.await.is_ok() {
                    serving.edge.body_broke_off(&host, &passed);
                }
            });
        }
        response.map(|body| SendBody::response(body, client, broke_off))
    }

    async fn respond_to_call(
        &self,
        edge: &Edge,
        request: Request<NativeBody>,
        client: &Client,
    ) -> Response<SendBody> {
        if request.version() != Version::HTTP_2 {
            return text(StatusCode::HTTP_VERSION_NOT_SUPPORTED, NOT_HTTP_2.into());
        }
        let host = self.host.for_request_of(client);
        let is_ready = self.health.unready().is_none();
        let mut response = edge.handle_rpc(&host, request, is_ready).await;
        let trailers = response.extensions_mut().remove::<Trailers>();
        response.map(|body| SendBody::call(body, trailers))
    }
}

fn text(status: StatusCode, message: String) -> Response<SendBody> {
    let mut response = Response::new(SendBody::whole(message.into()));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

const NOT_HTTP_2: &str =
    "this is OTLP/gRPC, which needs HTTP/2; OTLP/HTTP has another port, 4318 by default";
