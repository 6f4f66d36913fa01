//! Tests of what platforms ask the program: whether it lives, whether it is ready, what it counts.

use crate::BATCH;
use crate::support::http2::{Client, run};
use crate::support::{Running, read_until};
use http::Request;
use std::io::Write;
use std::time::Instant;

#[test]
fn requests_may_come_until_the_end_begins() {
    let native = "end_after_ms = 60000\n[native.grpc]\nlisten = \"127.0.0.1:0\"\n";
    let mut edge =
        Running::configured_native(&format!("{CONFIG}[ingest]\npath = \"/_t\"\n"), native);
    edge.until_ready("/_t/readyz");
    assert!(edge.get("/readyz").starts_with("HTTP/1.1 404"), "of a site");
    assert_eq!(health(&edge), 1);
    let begun = Instant::now();
    edge.terminate();
    edge.logs_until("ending in 60 s, or at once at a second signal: /readyz responds with 503");
    // New connections are still served, and told to go elsewhere.
    let red = edge.get("/_t/readyz");
    assert!(red.starts_with("HTTP/1.1 503"), "{red}");
    assert!(red.ends_with("the program ends"), "{red}");
    assert_eq!(health(&edge), 2, "NOT_SERVING");
    assert!(
        edge.get("/_t/healthz").starts_with("HTTP/1.1 200"),
        "it lives"
    );
    edge.interrupt();
    assert!(edge.ended().status.success());
    assert!(begun.elapsed().as_secs() < 30, "{begun:?}");
}

#[test]
fn prometheus_reads_the_counts_with_the_key() {
    let edge = Running::configured(CONFIG);
    assert!(edge.post_traces(BATCH).starts_with("HTTP/1.1 200"));
    let taken = "throughline_edge_received_total{throughline_signal=\"traces\",otel_scope_name=\"throughline-edge\"";
    let text = scrape(&edge, "authorization: Bearer s3cret\r\n");
    assert!(
        text.contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"),
        "{text}"
    );
    assert!(text.contains(taken), "{text}");
    let open_metrics =
        "authorization: Bearer s3cret\r\naccept: application/openmetrics-text; version=1.0.0\r\n";
    let text = scrape(&edge, open_metrics);
    assert!(
        text.contains(
            "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"
        ),
        "{text}"
    );
    assert!(text.ends_with("# EOF\n"), "{text}");
    let start = created(&text);
    assert!(
        start.starts_with("17") || start.starts_with("18"),
        "{start}"
    );
    assert!(scrape(&edge, "").starts_with("HTTP/1.1 401"));
    // The start stays.
    assert!(edge.post_traces(BATCH).starts_with("HTTP/1.1 200"));
    edge.hang_up();
    let again = scrape(&edge, open_metrics);
    assert_eq!(created(&again), start);
    let without = Running::configured(crate::NOWHERE);
    assert!(
        scrape(&without, "").starts_with("HTTP/1.1 404"),
        "there is no key"
    );
}

/// The start of the count of spans that came.
fn created(text: &str) -> String {
    let (_, rest) = text
        .split_once("throughline_edge_received_created{")
        .expect("a start");
    let (_, rest) = rest.split_once("} ").expect("a value");
    rest.lines().next().unwrap_or_default().to_owned()
}

fn scrape(edge: &Running, headers: &str) -> String {
    let mut stream = edge.connect();
    let request = format!("GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut text = read_until(&mut stream, "\r\n\r\n");
    text += &crate::support::read_all(&mut stream);
    text
}

/// The status of the health service.
fn health(edge: &Running) -> u8 {
    let mut status = 0;
    run(async {
        let mut client = Client::connect(&edge.grpc()).await;
        let request = Request::post("http://a/grpc.health.v1.Health/Check")
            .header("content-type", "application/grpc")
            .body(());
        let request = request.expect("valid");
        let response = client.begin(request, b"\0\0\0\0\0").await.end().await;
        status = *response.bytes.last().expect("a status");
    });
    status
}

const CONFIG: &str =
    "open = true\n[backend]\nkind = \"null\"\n[outcomes]\nstats_key = \"s3cret\"\n";
