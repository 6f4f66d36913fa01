//! Measures sampling: ns per span of the head sampler, bytes per open trace of the tail, with and
//! without log records.
//!
//! `cargo run --release -p throughline-edge --example sampling`. With a number, 0 to 3, it
//! runs one row alone, for `perf stat`; with the bytes of a span, and the number of log records of
//! a trace, the tail alone.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program that measures and prints"
)]

use http::{HeaderValue, Method, Request};
use std::num::NonZeroUsize;
use std::process::Command;
use std::time::{Duration, Instant};
use throughline_edge::config::{
    BackendConfig, BackendKind, HeadConfig, RuleConfig, SamplingConfig, TailConfig,
};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::attribute;
use throughline_otlp::field::{
    any_value, export_request, log_record, resource, resource_group, scope_group, span,
};
use throughline_otlp::protobuf::Writer;
use throughline_testkit::sim::{SimBody, SimHost};

fn main() {
    let requests: Vec<Vec<u8>> = (0..20).map(|batch| request(batch, SPANS, 466)).collect();
    let rules = [
        RuleConfig {
            errors: Some(true),
            ..RuleConfig::default()
        },
        RuleConfig {
            slower_than_ms: Some(1000),
            ..RuleConfig::default()
        },
        RuleConfig {
            by: vec!["http.route".into()],
            one_in: Some(10.0),
            ..RuleConfig::default()
        },
    ];
    let head = |probability, keep: &[RuleConfig]| SamplingConfig {
        head: Some(HeadConfig {
            probability,
            keep: keep.to_vec(),
            ..HeadConfig::default()
        }),
        ..SamplingConfig::default()
    };
    let rows = [
        ("no sampler", SamplingConfig::default()),
        ("all kept, th:0 stays", head(1.0, &[])),
        ("25 %", head(0.25, &[])),
        ("25 %, three rules", head(0.25, &rules)),
    ];
    let edges: Vec<_> = rows
        .iter()
        .map(|(name, sampling)| (*name, edge(sampling)))
        .collect();
    match std::env::args().nth(1).map(|row| row.parse::<usize>()) {
        Some(Ok(row)) if row < edges.len() => {
            for _ in 0..ROUNDS {
                pass(&edges[row].1, &requests);
            }
            return;
        }
        Some(Ok(bytes)) => {
            let logs = std::env::args().nth(2).and_then(|logs| logs.parse().ok());
            return open_traces(TRACES, bytes, logs.unwrap_or(0));
        }
        _ => {}
    }
    let mut fastest = vec![Duration::MAX; edges.len()];
    for _ in 0..ROUNDS {
        for ((_, edge), fastest) in edges.iter().zip(&mut fastest) {
            *fastest = (*fastest).min(pass(edge, &requests));
        }
    }
    for ((name, _), fastest) in edges.iter().zip(&fastest) {
        let spans = (requests.len() * SPANS) as f64;
        println!(
            "{:>7.0} ns per span: {name}",
            fastest.as_nanos() as f64 / spans
        );
    }
    // What a process has had once it keeps: each row has one of its own.
    for logs in ["0", "2"] {
        let program = std::env::current_exe().expect("this program");
        let row = Command::new(program).args(["466", logs]).status();
        assert!(row.expect("it runs").success());
    }
}

/// Opens traces of one span and so many log records, and measures what the process has grown by.
fn open_traces(traces: usize, bytes: usize, logs: usize) {
    let edge = edge(&SamplingConfig {
        tail: Some(TailConfig {
            max_bytes: 1 << 30,
            ..TailConfig::default()
        }),
        ..SamplingConfig::default()
    });
    let host = SimHost::new(1);
    let before = resident();
    let mut length = 0;
    for batch in 0..traces / SPANS {
        let request = request(1000 + batch, SPANS, bytes);
        length = request.len() / SPANS;
        send(&host, &edge, "/v1/traces", &request);
        for _ in 0..logs {
            let request = log_records(1000 + batch, SPANS);
            length += request.len() / SPANS;
            send(&host, &edge, "/v1/logs", &request);
        }
    }
    let each = (resident() - before) / traces;
    println!(
        "{each:>7} bytes per open trace with a span and {logs} log records, {length} bytes as they came: {traces} traces"
    );
    let begun = Instant::now();
    host.executor().run(host.sleep(Duration::from_secs(60)));
    edge.decide_due_traces(&host);
    let nanos = begun.elapsed().as_nanos() as usize / traces;
    println!("{nanos:>7} ns per trace to judge them");
    host.executor().run_until_idle();
}

fn edge(sampling: &SamplingConfig) -> Edge {
    let config = Config {
        open: true,
        backend: BackendConfig {
            kind: BackendKind::Null,
            ..BackendConfig::default()
        },
        sampling: sampling.clone(),
        ..Config::default()
    };
    let machine = Machine::of::<SimHost>(&config, NonZeroUsize::MIN);
    Edge::on(machine, config).expect("a usable configuration")
}

fn pass(edge: &Edge, requests: &[Vec<u8>]) -> Duration {
    let host = SimHost::new(1);
    let begun = Instant::now();
    for request in requests {
        send(&host, edge, "/v1/traces", request);
    }
    begun.elapsed()
}

fn send(host: &SimHost, edge: &Edge, path: &str, body: &[u8]) {
    let mut request = Request::new(SimBody::whole(body.to_vec().into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    let protobuf = HeaderValue::from_static("application/x-protobuf");
    request.headers_mut().insert("content-type", protobuf);
    let response = host.executor().run(edge.handle(host, request));
    assert_eq!(response.expect("a response").status(), 200);
    host.executor().run_until_idle();
}

/// Spans of about this many bytes, each of its own trace.
fn request(batch: usize, spans: usize, bytes: usize) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    let open = writer.open(resource_group::RESOURCE);
    attribute::string(&mut writer, resource::ATTRIBUTES, "service.name", "shop");
    writer.close(open);
    let scope = writer.open(resource_group::SCOPE);
    for at in 0..spans {
        let number = (batch * spans + at) as u64;
        let open = writer.open(scope_group::RECORD);
        writer.bytes(span::TRACE_ID, &trace_id(number));
        writer.bytes(span::SPAN_ID, &(number + 1).to_be_bytes());
        writer.string(span::TRACE_STATE, "ot=th:0");
        writer.bytes(span::PARENT_SPAN_ID, &[1; 8]);
        writer.string(span::NAME, "GET /api/basket");
        writer.fixed64(span::START_TIME_UNIX_NANO, 1_800_000_000_000_000_000);
        writer.fixed64(span::END_TIME_UNIX_NANO, 1_800_000_000_005_000_000);
        let route = ["/api/basket", "/api/pay", "/"][at % 3];
        attribute::string(&mut writer, span::ATTRIBUTES, "http.route", route);
        let mut key = 0;
        while writer.as_bytes().len() < (at + 1) * bytes {
            let name = format!("app.attribute.{key}");
            attribute::string(
                &mut writer,
                span::ATTRIBUTES,
                &name,
                "a value of some length",
            );
            key += 1;
        }
        writer.close(open);
    }
    writer.close(scope);
    writer.close(group);
    writer.into_bytes()
}

/// A log record for each span of a request.
fn log_records(batch: usize, records: usize) -> Vec<u8> {
    let mut writer = Writer::new();
    let group = writer.open(export_request::RESOURCE);
    let open = writer.open(resource_group::RESOURCE);
    attribute::string(&mut writer, resource::ATTRIBUTES, "service.name", "shop");
    writer.close(open);
    let scope = writer.open(resource_group::SCOPE);
    for at in 0..records {
        let open = writer.open(scope_group::RECORD);
        writer.fixed64(log_record::TIME_UNIX_NANO, 1_800_000_000_000_000_000);
        writer.varint(log_record::SEVERITY_NUMBER, 9);
        let body = writer.open(log_record::BODY);
        let text = "the price of an article was looked up in the table of this month";
        writer.string(any_value::STRING, text);
        writer.close(body);
        for key in ["app.article", "app.shop", "app.currency"] {
            attribute::string(&mut writer, log_record::ATTRIBUTES, key, "a short value");
        }
        writer.bytes(
            log_record::TRACE_ID,
            &trace_id((batch * records + at) as u64),
        );
        writer.bytes(log_record::SPAN_ID, &[1; 8]);
        writer.close(open);
    }
    writer.close(scope);
    writer.close(group);
    writer.into_bytes()
}

fn trace_id(number: u64) -> [u8; 16] {
    let random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let random = (random ^ random >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (u128::from(number) << 64 | u128::from(random)).to_be_bytes()
}

/// Bytes of this process in memory, on Linux.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0) * 4096
}

const SPANS: usize = 500;
const ROUNDS: usize = 30;
const TRACES: usize = 100_000;
