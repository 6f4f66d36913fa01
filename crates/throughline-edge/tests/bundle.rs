//! Tests that a Bundle which arrives twice is counted once.

use http::{Method, Request, StatusCode};
use throughline_edge::config::{BackendConfig, BackendKind};
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, json, schema};
use throughline_testkit::sim::{SimBody, SimHost};
use throughline_wire::bundle::{Bundle, Dropped};

#[test]
fn a_second_copy_is_not_counted() {
    let edge = Edge::new(config()).expect("a usable configuration");
    let send = |batch_id: &[u8]| {
        send(&edge, batch_id);
        ended(&edge)
    };
    assert_eq!(send(&[7; 16]), 1 + 3);
    assert_eq!(send(&[7; 16]), 1 + 3, "the copy is not counted");
    assert_eq!(send(&[8; 16]), 2 * (1 + 3));
    // Without an identity a copy cannot be recognised.
    assert_eq!(send(b""), 3 * (1 + 3));
    assert_eq!(send(b""), 4 * (1 + 3));
}

#[test]
fn a_copy_that_reaches_another_core_is_not_counted() {
    let machine = Machine::new(&config());
    let core = || Edge::on(machine.clone(), config()).expect("a usable configuration");
    let (one, other) = (core(), core());
    send(&one, &[7; 16]);
    send(&other, &[7; 16]);
    send(&other, &[8; 16]);
    assert_eq!((ended(&one), ended(&other)), (1 + 3, 1 + 3));
    // Machines do not share what they remember.
    let elsewhere = Edge::new(config()).expect("a usable configuration");
    send(&elsewhere, &[7; 16]);
    assert_eq!(ended(&elsewhere), 1 + 3);
}

#[test]
fn the_counts_of_a_page_cannot_overflow_the_tally() {
    let edge = Edge::new(config()).expect("a usable configuration");
    for batch_id in [[1; 16], [2; 16]] {
        send_bundle(&edge, bundle(&batch_id, u64::MAX));
    }
    let ended = edge.tally().ended;
    assert!(ended.values().any(|count| *count == u64::MAX), "{ended:?}");
}

fn config() -> Config {
    Config {
        open: true,
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

/// Sends a Bundle, and runs all the work it causes to its end.
fn send(edge: &Edge, batch_id: &[u8]) {
    send_bundle(edge, bundle(batch_id, 3));
}

fn send_bundle(edge: &Edge, bundle: Vec<u8>) {
    let host = SimHost::new(1);
    let mut request = Request::new(SimBody::whole(bundle.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/bundle".parse().expect("a path");
    let response = host.executor().run(edge.handle(&host, request));
    assert_eq!(response.expect("a response").status(), StatusCode::OK);
    host.executor().run_until_idle();
}

fn ended(edge: &Edge) -> u64 {
    edge.tally().ended.values().sum()
}

/// One log record, and `count` records that the page dropped.
fn bundle(batch_id: &[u8], count: u64) -> Vec<u8> {
    let logs = br#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"x"}]}]}]}"#;
    let logs = json::to_protobuf(schema::export_request(Signal::Logs), logs).expect("valid");
    let bundle = Bundle {
        logs: &logs,
        batch_id,
        dropped: vec![Dropped {
            reason: "queue_full",
            count,
        }],
        ..Bundle::default()
    };
    let mut writer = Writer::new();
    bundle.encode(&mut writer);
    writer.into_bytes()
}
