//! The two spans of the proxy: server and client.
//!
//! <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>

use super::Route;
use super::failure::Failure;
use crate::http::caller::Caller;
use crate::trace::Begun;
use http::header::{self, HeaderMap};
use http::request::Parts;
use http::uri::{Authority, Scheme};
use http::{StatusCode, Uri, Version};
use throughline_otlp::attribute;
use throughline_otlp::field::{span, span_kind, span_link, status, status_code};
use throughline_otlp::protobuf::Writer;
use throughline_semconv as semconv;
use throughline_semconv::http::{OTHER_METHOD, UNKNOWN_METHOD_IN_SPAN_NAME, known_method};
use throughline_trace_context::{SpanContext, SpanId};

/// One request through the proxy.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) head: &'a Parts,
    pub(crate) caller: &'a Caller,
    pub(crate) route: &'a Route,
    /// The spans, and what the caller named.
    pub(crate) begun: &'a Begun,
    /// The start, in ns since the Unix epoch.
    pub(crate) start_unix_nano: u64,
    /// The upstream's address.
    pub(crate) uri: &'a Uri,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End<'a> {
    /// The upstream's headers arrived.
    Response(StatusCode),
    /// There was no response to pass on.
    Failed(&'a Failure),
    /// The client went away before the response.
    ClientGone,
}

impl Exchange<'_> {
    /// Appends the spans to a scope group, as its `record` field. Returns how many.
    pub(crate) fn write(
        &self,
        record: u32,
        end_unix_nano: u64,
        end: End<'_>,
        writer: &mut Writer,
    ) -> u64 {
        let open = writer.open(record);
        self.write_server(end, writer);
        writer.fixed64(span::END_TIME_UNIX_NANO, end_unix_nano);
        writer.close(open);
        if let End::Failed(failure) = end
            && failure.is_before_upstream()
        {
            return 1;
        }
        let open = writer.open(record);
        self.write_client(end, writer);
        writer.fixed64(span::END_TIME_UNIX_NANO, end_unix_nano);
        writer.close(open);
        2
    }

    fn write_server(&self, end: End<'_>, writer: &mut Writer) {
        let uri = &self.head.uri;
        let parent = self.begun.parent.as_ref().map(|parent| parent.span_id);
        self.write_identity(writer, &self.begun.server, parent, parent.is_some());
        let method = known_method(self.head.method.as_str()).unwrap_or(UNKNOWN_METHOD_IN_SPAN_NAME);
        let route = self.route.template(uri.path());
        writer.string(span::NAME, &format!("{method} {route}"));
        writer.varint(span::KIND, span_kind::SERVER);
        self.write_method(writer);
        let mut text = |key: &str, value: &str| {
            attribute::string(writer, span::ATTRIBUTES, key, value);
        };
        text(semconv::HTTP_ROUTE, route);
        text(semconv::URL_PATH, uri.path());
        text(semconv::URL_SCHEME, self.caller.scheme.as_str());
        if let Some(version) = version(self.head.version) {
            text(semconv::NETWORK_PROTOCOL_VERSION, version);
        }
        if let Some(address) = self.caller.client {
            text(semconv::CLIENT_ADDRESS, &address.to_string());
        }
        if let Some(user_agent) = ascii(&self.head.headers, header::USER_AGENT) {
            text(semconv::USER_AGENT_ORIGINAL, user_agent);
        }
        if let Some(authority) = &self.caller.authority {
            write_address(writer, authority, &self.caller.scheme);
        }
        if let Some(linked) = &self.begun.link {
            write_link(writer, linked);
        }
        // A 4xx is the client's error, not the server's.
        match end {
            End::Response(status) => {
                write_code(writer, status);
                if status.is_server_error() {
                    write_error(writer, status.as_str());
                }
            }
            End::Failed(failure) => {
                let status = failure.status();
                write_code(writer, status);
                if status.is_server_error() {
                    write_error(writer, failure.error_type());
                }
            }
            // A client that gives up is not the server's error.
            End::ClientGone => {}
        }
    }

    fn write_client(&self, end: End<'_>, writer: &mut Writer) {
        let parent = Some(self.begun.server.span_id);
        self.write_identity(writer, &self.begun.client, parent, false);
        let method = known_method(self.head.method.as_str()).unwrap_or(UNKNOWN_METHOD_IN_SPAN_NAME);
        writer.string(span::NAME, method);
        writer.varint(span::KIND, span_kind::CLIENT);
        self.write_method(writer);
        let url = self.uri.to_string();
        let url = throughline_scrub::url_full(&url);
        attribute::string(writer, span::ATTRIBUTES, semconv::URL_FULL, &url);
        if let (Some(authority), Some(scheme)) = (self.uri.authority(), self.uri.scheme()) {
            write_address(writer, authority, scheme);
        }
        match end {
            End::Response(status) => {
                write_code(writer, status);
                if status.is_client_error() || status.is_server_error() {
                    write_error(writer, status.as_str());
                }
            }
            End::Failed(failure) => {
                if let Failure::Status(status) = failure {
                    write_code(writer, *status);
                }
                write_error(writer, failure.error_type());
            }
            End::ClientGone => {}
        }
    }

    fn write_identity(
        &self,
        writer: &mut Writer,
        own: &SpanContext,
        parent: Option<SpanId>,
        parent_is_remote: bool,
    ) {
        writer.bytes(span::TRACE_ID, own.trace_id.as_bytes());
        writer.bytes(span::SPAN_ID, own.span_id.as_bytes());
        writer.string(span::TRACE_STATE, own.tracestate.as_str());
        if let Some(parent) = parent {
            writer.bytes(span::PARENT_SPAN_ID, parent.as_bytes());
        }
        let remote = if parent_is_remote { IS_REMOTE } else { 0 };
        let flags = u32::from(own.flags.bits()) | HAS_IS_REMOTE | remote;
        writer.fixed32(span::FLAGS, flags);
        writer.fixed64(span::START_TIME_UNIX_NANO, self.start_unix_nano);
    }

    fn write_method(&self, writer: &mut Writer) {
        let method = &self.head.method;
        let known = known_method(method.as_str());
        let mut text = |key: &str, value: &str| {
            attribute::string(writer, span::ATTRIBUTES, key, value);
        };
        text(semconv::HTTP_REQUEST_METHOD, known.unwrap_or(OTHER_METHOD));
        if known.is_none() {
            text(semconv::HTTP_REQUEST_METHOD_ORIGINAL, method.as_str());
        }
    }
}

fn write_link(writer: &mut Writer, linked: &SpanContext) {
    let open = writer.open(span::LINKS);
    writer.bytes(span_link::TRACE_ID, linked.trace_id.as_bytes());
    writer.bytes(span_link::SPAN_ID, linked.span_id.as_bytes());
    writer.string(span_link::TRACE_STATE, linked.tracestate.as_str());
    let flags = u32::from(linked.flags.bits()) | HAS_IS_REMOTE | IS_REMOTE;
    writer.fixed32(span_link::FLAGS, flags);
    writer.close(open);
}

fn write_address(writer: &mut Writer, authority: &Authority, scheme: &Scheme) {
    let default = if *scheme == Scheme::HTTPS { 443 } else { 80 };
    let port = authority.port_u16().unwrap_or(default);
    attribute::string(
        writer,
        span::ATTRIBUTES,
        semconv::SERVER_ADDRESS,
        // The brackets belong to the URL, not to the address.
        authority.host().trim_matches(['[', ']']),
    );
    attribute::int(writer, span::ATTRIBUTES, semconv::SERVER_PORT, port.into());
}

fn write_code(writer: &mut Writer, code: StatusCode) {
    let key = semconv::HTTP_RESPONSE_STATUS_CODE;
    attribute::int(writer, span::ATTRIBUTES, key, code.as_u16().into());
}

pub(super) fn write_error(writer: &mut Writer, error_type: &str) {
    attribute::string(writer, span::ATTRIBUTES, semconv::ERROR_TYPE, error_type);
    let open = writer.open(span::STATUS);
    writer.varint(status::CODE, status_code::ERROR);
    writer.close(open);
}

/// `flags` of a span whose parent is one of this process.
pub(super) fn local_flags(span: &SpanContext) -> u32 {
    u32::from(span.flags.bits()) | HAS_IS_REMOTE
}

fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

fn ascii(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// `SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK` and `SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;
