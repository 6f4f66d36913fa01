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

mod load;

use load::{exported, posted, spans, trace_id};
use std::num::NonZeroUsize;
use std::process::Command;
use std::time::{Duration, Instant};
use throughline_edge::config::{
    BackendConfig, BackendKind, HeadConfig, RuleConfig, SamplingConfig, TailConfig,
};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, Machine};
use throughline_otlp::attribute;
use throughline_otlp::field::{any_value, log_record};
use throughline_testkit::sim::SimHost;

fn main() {
    let requests: Vec<Vec<u8>> = (0..20).map(|batch| spans(batch, SPANS, 466)).collect();
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
        let request = spans(1000 + batch, SPANS, bytes);
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
    let response = host.executor().run(edge.handle(host, posted(path, body)));
    assert_eq!(response.expect("a response").status(), 200);
    host.executor().run_until_idle();
}

/// A log record for each span of a request.
fn log_records(batch: usize, records: usize) -> Vec<u8> {
    exported(records, |writer, at| {
        writer.fixed64(log_record::TIME_UNIX_NANO, 1_800_000_000_000_000_000);
        writer.varint(log_record::SEVERITY_NUMBER, 9);
        let body = writer.open(log_record::BODY);
        let text = "the price of an article was looked up in the table of this month";
        writer.string(any_value::STRING, text);
        writer.close(body);
        for key in ["app.article", "app.shop", "app.currency"] {
            attribute::string(writer, log_record::ATTRIBUTES, key, "a short value");
        }
        let number = (batch * records + at) as u64;
        writer.bytes(log_record::TRACE_ID, &trace_id(number));
        writer.bytes(log_record::SPAN_ID, &[1; 8]);
    })
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
