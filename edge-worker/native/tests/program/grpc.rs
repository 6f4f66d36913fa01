//! Tests of OTLP/gRPC on its own port.

use crate::NOWHERE;
use crate::support::http2::{Client, run};
use crate::support::tls::Certificate;
use crate::support::{Running, config_file, listen, program, read_all};
use http::Request;
use std::io::Write;

#[test]
fn a_call_has_its_message_and_then_its_status() {
    let edge = Running::configured_native(NOWHERE, GRPC);
    edge.until_ready("/readyz");
    run(async {
        let mut client = Client::connect(&edge.grpc()).await;
        let taken = client.begin(call(TRACES), EMPTY).await.end().await;
        assert_eq!(taken.status, 200);
        assert_eq!(taken.headers["content-type"], "application/grpc");
        assert!(!taken.headers.contains_key("content-length"));
        assert_eq!(taken.bytes, EMPTY);
        assert_eq!(taken.trailers["grpc-status"], "0");
        let cut_off = client.begin(call(TRACES), b"\0\0").await.end().await;
        assert_eq!(cut_off.headers["grpc-status"], "13");
        assert!(cut_off.trailers.is_empty(), "one block of headers");
        let health = client.begin(call("/grpc.health.v1.Health/Check"), EMPTY);
        assert_eq!(health.await.end().await.bytes, &b"\0\0\0\0\x02\x08\x01"[..]);
        // What is no telemetry of gRPC is not here.
        let page = Request::get("http://a/healthz").body(()).expect("valid");
        assert_eq!(client.begin(page, b"").await.end().await.status, 415);
    });
    // Telemetry of gRPC is not on the port of HTTP, and its client reads why.
    run(async {
        let mut client = Client::connect(&edge.authority).await;
        let refused = client.begin(call(TRACES), EMPTY).await.end().await;
        assert_eq!(refused.status, 200);
        assert_eq!(refused.headers["grpc-status"], "12");
        let why = refused.headers["grpc-message"].to_str().expect("text");
        assert!(why.contains("4317 by default"), "{why}");
        assert!(refused.bytes.is_empty() && refused.trailers.is_empty());
    });
}

#[test]
fn a_sender_of_http_1_learns_where_to_send() {
    let edge = Running::configured_native(NOWHERE, GRPC);
    let mut client = std::net::TcpStream::connect(edge.grpc()).expect("it listens");
    client
        .write_all(b"POST /v1/traces HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
        .expect("sent");
    let response = read_all(&mut client);
    assert!(response.starts_with("HTTP/1.1 505"), "{response}");
    assert!(
        response.contains("OTLP/HTTP has another port, 4318"),
        "{response}"
    );
}

#[test]
fn a_call_in_flight_ends_when_the_program_does_with_tls_too() {
    let certificate = Certificate::new();
    for tls in [false, true] {
        let native = match tls {
            true => format!("{GRPC}{}", certificate.files().table()),
            false => GRPC.into(),
        };
        let edge = Running::configured_native(NOWHERE, &native);
        run(async {
            let mut client = match tls {
                true => {
                    let stream = certificate.connect(&edge.grpc(), &[b"h2"]).await;
                    Client::over(stream.expect("a handshake")).await
                }
                false => Client::connect(&edge.grpc()).await,
            };
            let health = client.begin(call("/grpc.health.v1.Health/Check"), EMPTY);
            assert_eq!(health.await.end().await.trailers["grpc-status"], "0");
            let mut half = client.begin_half(call(TRACES), b"\0\0\0").await;
            client.settled().await;
            edge.terminate();
            client.is_told_to_go().await;
            half.send_rest(b"\0\0");
            assert_eq!(half.end().await.trailers["grpc-status"], "0");
            assert_eq!(client.ended().await, Ok(()));
        });
        let ended = edge.ended();
        assert!(ended.status.success());
        let log = String::from_utf8_lossy(&ended.stderr);
        assert!(!log.contains("unfinished"), "{log}");
    }
}

#[test]
fn a_port_in_use_is_named_with_its_key() {
    let (_listener, taken) = listen();
    let file = config_file(
        "127.0.0.1:0",
        &format!("{NOWHERE}\n[native.grpc]\nlisten = \"{taken}\""),
    );
    let ended = program(&["--config", &file.to_string_lossy()]).output();
    let ended = ended.expect("it ends");
    assert_eq!(ended.status.code(), Some(1));
    let log = String::from_utf8_lossy(&ended.stderr);
    assert!(
        log.contains(&taken) && log.contains("native.grpc.listen"),
        "{log}"
    );
}

fn call(path: &str) -> Request<()> {
    Request::post(format!("http://a{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .expect("valid")
}

const GRPC: &str = "[native.grpc]\nlisten = \"127.0.0.1:0\"\n";
const TRACES: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// The frame of an empty message.
const EMPTY: &[u8] = b"\0\0\0\0\0";
