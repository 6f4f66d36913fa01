//! Tests of calls of gRPC: frames, compression, refusals, partial success and health.

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::header::HeaderMap;
use http::{HeaderName, HeaderValue, Method, Request};
use std::io::Write;
use throughline_edge::config::{
    BackendConfig, BackendKind, IngestConfig, KeyConfig, LimitsConfig, ProjectConfig, ProxyConfig,
    RouteConfig,
};
use throughline_edge::host::{Outgoing, Trailers};
use throughline_edge::{Config, Edge};
use throughline_otlp::response::PartialSuccess;
use throughline_otlp::schema::export_request;
use throughline_otlp::{Signal, json};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn each_signal_is_taken_in_each_encoding() {
    for (path, signal, batch) in [
        (TRACES, Signal::Traces, SPAN),
        (LOGS, Signal::Logs, LOG_RECORD),
        (METRICS, Signal::Metrics, DATA_POINT),
    ] {
        let batch = protobuf(signal, batch);
        for (encoding, body) in [
            ("", frame(0, &batch)),
            ("identity", frame(0, &batch)),
            ("gzip", frame(1, &gzip(&batch))),
            ("zstd", frame(1, &zstd(&batch))),
            // Each message says for itself whether it is compressed.
            ("gzip", frame(0, &batch)),
        ] {
            for chunk_bytes in [1, 4, 1 << 20] {
                let (host, edge) = (SimHost::new(1), open());
                let response = call(
                    &host,
                    &edge,
                    path,
                    &[("grpc-encoding", encoding)],
                    &body,
                    chunk_bytes,
                );
                assert_eq!(response.status(), "0", "{path} {encoding}");
                assert_eq!(response.message, &b"\0\0\0\0\0"[..], "an empty message");
                assert!(
                    !response.headers.contains_key("grpc-status"),
                    "in the trailers"
                );
                assert_eq!(response.headers["content-type"], "application/grpc");
                host.executor().run_until_idle();
                assert_eq!(edge.tally().received[&signal], 1, "{path} {encoding}");
            }
        }
    }
}

#[test]
fn what_is_no_message_is_refused_with_its_code() {
    let span = protobuf(Signal::Traces, SPAN);
    let large = vec![0; LIMIT + 1];
    for (encoding, body, code, message) in [
        ("", Vec::new(), "13", "here is none"),
        ("", b"\0\0\0".to_vec(), "13", "cut off"),
        (
            "",
            [frame(0, &span), frame(0, &span)].concat(),
            "13",
            "here is more",
        ),
        ("", frame(7, &span), "13", "the first byte"),
        (
            "",
            frame(1, &gzip(&span)),
            "13",
            "grpc-encoding does not say how",
        ),
        ("gzip", frame(1, &span), "3", "not complete, valid gzip"),
        (
            "snappy",
            frame(1, &span),
            "12",
            "content encoding \"snappy\"",
        ),
        ("", frame(0, b"\x0a\xff"), "3", "not a valid request"),
        ("", frame(0, &large), "8", "over 10000 bytes"),
        ("gzip", frame(1, &gzip(&large)), "8", "over 10000 bytes"),
        // Refused before it arrives.
        ("", b"\0\x7f\xff\xff\xff".to_vec(), "8", "over 10000 bytes"),
    ] {
        let (host, edge) = (SimHost::new(1), open());
        let response = call(
            &host,
            &edge,
            TRACES,
            &[("grpc-encoding", encoding)],
            &body,
            1 << 20,
        );
        assert_eq!(response.status(), code, "{message}");
        let says = response.headers["grpc-message"].to_str().expect("ASCII");
        assert!(says.contains(message), "{says}");
        assert!(
            response.message.is_empty() && response.trailers.is_empty(),
            "trailers only"
        );
        assert!(
            !response
                .details()
                .windows(9)
                .any(|part| part == b"RetryInfo"),
            "{message}"
        );
        let reads = response.headers.get("grpc-accept-encoding");
        assert_eq!(reads.is_some(), code == "12");
        host.executor().run_until_idle();
        assert!(edge.tally().received.is_empty(), "{message}");
    }
}

#[test]
fn a_project_has_its_keys_and_limits() {
    let project = ProjectConfig {
        name: "shop".into(),
        keys: vec![KeyConfig::from("pk_shop")],
        allowed_origins: Vec::new(),
        limits: LimitsConfig {
            spans_per_second: Some(1),
            ..LimitsConfig::default()
        },
        ..ProjectConfig::default()
    };
    let (host, edge) = (
        SimHost::new(1),
        edge(Config {
            projects: vec![project],
            ..config()
        }),
    );
    let body = frame(0, &protobuf(Signal::Traces, SPAN));
    let send = |metadata: &[(&'static str, &'static str)]| {
        call(&host, &edge, TRACES, metadata, &body, 1 << 20)
    };
    assert_eq!(send(&[]).status(), "16");
    assert_eq!(send(&[("x-throughline-key", "pk_other")]).status(), "16");
    assert_eq!(send(&[("x-throughline-key", "pk_shop")]).status(), "0");
    let limited = send(&[("authorization", "Bearer pk_shop")]);
    assert_eq!(limited.status(), "8");
    // google.rpc.Status { 3: Any { 1: type, 2: RetryInfo { 1: Duration { … } } } }
    let details = limited.details();
    let name = b"type.googleapis.com/google.rpc.RetryInfo";
    let at = details.windows(name.len()).position(|part| part == name);
    let value = &details[at.expect("a RetryInfo") + name.len()..];
    assert!(matches!(value, [0x12, _, 0x0a, _, ..]), "{value:?}");
    let requests = edge.tally().requests;
    let refused: Vec<_> = (requests.iter())
        .filter_map(|(response, requests)| {
            Some((response.reason?.as_str(), response.status, *requests))
        })
        .collect();
    assert_eq!(
        refused,
        [
            ("key_missing", 200, 1),
            ("key_unknown", 200, 1),
            ("quota", 200, 1)
        ]
    );
    assert!(
        requests
            .keys()
            .all(|response| response.route == Some(TRACES))
    );
}

#[test]
fn a_part_that_is_rejected_is_in_the_response() {
    let (host, edge) = (SimHost::new(1), open());
    let no_trace_id = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"","spanId":"eee19b7ec3c1b174","name":"x"},{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x"}]}]}]}"#;
    let body = frame(0, &protobuf(Signal::Traces, no_trace_id));
    let response = call(&host, &edge, TRACES, &[], &body, 1 << 20);
    assert_eq!(response.status(), "0");
    let partial = PartialSuccess::decode(&response.message[5..]).expect("protobuf");
    assert_eq!(partial.rejected, 1);
    assert!(!partial.message.is_empty());
}

#[test]
fn other_methods_and_requests_are_refused() {
    let (host, edge) = (SimHost::new(1), open());
    let unknown = call(
        &host,
        &edge,
        "/opentelemetry.proto.collector.trace.v1.TraceService/Ask",
        &[],
        b"",
        1,
    );
    assert_eq!(unknown.status(), "12");
    let other = call(
        &host,
        &edge,
        TRACES,
        &[("content-type", "application/x-protobuf")],
        b"",
        1,
    );
    assert_eq!(other.http_status, 415);
    assert!(String::from_utf8_lossy(&other.message).contains("4318"));
    assert!(edge.tally().requests.values().sum::<u64>() == 2);
}

#[test]
fn the_health_service_says_whether_requests_may_come() {
    let host = SimHost::new(1);
    let edge = open();
    let named = |name: &str| {
        let length = u8::try_from(name.len()).expect("short");
        frame(0, &[&[0x0a, length][..], name.as_bytes()].concat())
    };
    for (body, is_ready, wanted) in [
        (frame(0, b""), true, Ok(1)),
        (frame(0, b""), false, Ok(2)),
        (
            named("opentelemetry.proto.collector.logs.v1.LogsService"),
            true,
            Ok(1),
        ),
        (named("other.Service"), true, Err("5")),
        (b"\0\0".to_vec(), true, Err("13")),
    ] {
        let response = call_when(&host, &edge, HEALTH, &[], &body, 2, is_ready);
        match wanted {
            Ok(status) => {
                assert_eq!(response.status(), "0");
                assert_eq!(response.message, vec![0, 0, 0, 0, 2, 8, status]);
            }
            Err(code) => assert_eq!(response.status(), code),
        }
    }
    assert!(edge.tally().requests.is_empty(), "no telemetry");
}

/// A response to a call.
struct Called {
    http_status: u16,
    headers: HeaderMap,
    message: Bytes,
    trailers: HeaderMap,
}

impl Called {
    fn status(&self) -> &str {
        let status = self.trailers.get("grpc-status");
        let status = status.or_else(|| self.headers.get("grpc-status"));
        status.expect("a status").to_str().expect("ASCII")
    }

    /// The bytes of `grpc-status-details-bin`.
    fn details(&self) -> Vec<u8> {
        let text = self.headers["grpc-status-details-bin"].as_bytes();
        let mut bytes = Vec::new();
        for group in text.chunks(4) {
            let digits = group.iter().map(|letter| match letter {
                b'A'..=b'Z' => letter - b'A',
                b'a'..=b'z' => letter - b'a' + 26,
                b'0'..=b'9' => letter - b'0' + 52,
                b'+' => 62,
                _ => 63,
            });
            let bits = digits.fold(0_u32, |bits, digit| bits << 6 | u32::from(digit));
            let bits = bits << (6 * (4 - group.len()));
            bytes.extend(&bits.to_be_bytes()[1..group.len()]);
        }
        bytes
    }
}

#[test]
fn a_call_where_http_is_received_is_told_where_it_belongs() {
    let route = RouteConfig {
        path: "/*".into(),
        upstream: "http://site".into(),
        ..RouteConfig::default()
    };
    for (routes, prefix) in [(vec![], ""), (vec![route], "/_t")] {
        let (host, edge) = (
            SimHost::new(1),
            edge(Config {
                open: true,
                ingest: IngestConfig {
                    path: prefix.into(),
                    ..IngestConfig::default()
                },
                proxy: ProxyConfig {
                    routes,
                    ..ProxyConfig::default()
                },
                ..config()
            }),
        );
        let body = frame(0, &protobuf(Signal::Traces, SPAN));
        let request = Request::post(TRACES)
            .header("content-type", "application/grpc")
            .body(SimBody::in_chunks(body.into(), 1 << 20));
        let request = request.expect("a request");
        let response = host.executor().run(edge.handle(&host, request));
        let response = response.expect("a response");
        // Its headers are its trailers, so that every client of gRPC reads them.
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "application/grpc");
        assert_eq!(response.headers()["grpc-status"], "12");
        let message = response.headers()["grpc-message"].to_str().expect("text");
        assert!(message.contains("4317 by default"), "{message}");
        assert!(edge.tally().received.is_empty());
    }
}

fn call(
    host: &SimHost,
    edge: &Edge,
    path: &str,
    metadata: &[(&'static str, &'static str)],
    body: &[u8],
    chunk_bytes: usize,
) -> Called {
    call_when(host, edge, path, metadata, body, chunk_bytes, true)
}

fn call_when(
    host: &SimHost,
    edge: &Edge,
    path: &str,
    metadata: &[(&'static str, &'static str)],
    body: &[u8],
    chunk_bytes: usize,
    is_ready: bool,
) -> Called {
    let body = SimBody::in_chunks(body.to_vec().into(), chunk_bytes);
    let mut request = Request::new(body);
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    let grpc = [("content-type", "application/grpc"), ("te", "trailers")];
    for (name, value) in grpc.iter().chain(metadata) {
        if !value.is_empty() {
            let (name, value) = (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
            request.headers_mut().insert(name, value);
        }
    }
    let response = host
        .executor()
        .run(edge.handle_rpc(host, request, is_ready));
    let (mut head, body) = response.expect("a response").into_parts();
    let Outgoing::Bytes(message) = body else {
        unreachable!("the edge's own");
    };
    let trailers = head.extensions.remove::<Trailers>();
    Called {
        http_status: head.status.as_u16(),
        headers: head.headers,
        message,
        trailers: trailers
            .map(|Trailers(trailers)| trailers)
            .unwrap_or_default(),
    }
}

fn open() -> Edge {
    edge(Config {
        open: true,
        ..config()
    })
}

fn config() -> Config {
    Config {
        ingest: IngestConfig {
            max_body_bytes: LIMIT,
            ..IngestConfig::default()
        },
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

fn edge(config: Config) -> Edge {
    Edge::new(config).expect("a usable configuration")
}

fn frame(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("short").to_be_bytes();
    [&[flag][..], &length, message].concat()
}

fn protobuf(signal: Signal, batch: &str) -> Vec<u8> {
    json::to_protobuf(export_request(signal), batch.as_bytes()).expect("valid")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    ruzstd::encoding::compress_to_vec(bytes, level)
}

const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
const LOGS: &str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
const METRICS: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
const HEALTH: &str = "/grpc.health.v1.Health/Check";
const LIMIT: usize = 10_000;
const SPAN: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"x"}]}]}]}"#;
const LOG_RECORD: &str =
    r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}"#;
const DATA_POINT: &str = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"x","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}"#;
