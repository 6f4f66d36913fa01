//! Measures how long the queries of the page take on a large store: `cargo xtask bench viewer`.
//!
//! Fills a store in a file with spans, log records and exceptions of a shop, then runs each query with many parameters, and
//! prints the 50th and 95th percentile and the slowest. Fails when a 95th percentile is over the limit.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and ends with a panic where it cannot go on"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use throughline_otlp::Signal;
use throughline_otlp::attribute;
use throughline_otlp::field::{
    any_value, export_request, log_record, resource, resource_group, scope_group, span, status,
};
use throughline_otlp::protobuf::Writer;
use throughline_viewer::{Bounds, Query, Source, Store};

/// The number of spans; `THROUGHLINE_SPANS` gives another.
const SPANS: u64 = 1_000_000;
const SPANS_PER_TRACE: u64 = 10;
const ROUNDS: u64 = 60;
/// The largest 95th percentile.
const LIMIT: Duration = Duration::from_millis(200);
const START: u64 = 1_780_000_000_000_000_000;
const MS: u64 = 1_000_000;

fn main() -> ExitCode {
    let spans = std::env::var("THROUGHLINE_SPANS");
    let spans: u64 = spans.map_or(SPANS, |spans| spans.parse().unwrap());
    let traces = spans / SPANS_PER_TRACE;
    let folder = std::env::temp_dir().join(format!("throughline-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = filled(folder.join("store.sqlite"), traces);
    let (before, began) = (memory(), Instant::now());
    let traces_query = Query::named("traces").unwrap();
    store
        .query(traces_query, "attribute=order.id=none")
        .unwrap();
    println!(
        "the first search makes the index of values: {:.0} ms, {} MB of memory\n",
        began.elapsed().as_secs_f64() * 1e3,
        memory().saturating_sub(before) >> 20
    );
    let mut is_slow = false;
    println!("{:<44} {:>8} {:>8} {:>8}", "ms", "p50", "p95", "slowest");
    for (name, query, parameters) in queries(traces) {
        let query = Query::named(query).unwrap();
        // Warm: the pages of the file are in memory after the first.
        store.query(query, &parameters(0)).unwrap();
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|round| {
                let parameters = parameters(scattered(round));
                let began = Instant::now();
                store.query(query, &parameters).unwrap();
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (p50, p95, slowest) = (at(50), at(95), at(100));
        is_slow |= p95 > LIMIT;
        println!(
            "{name:<44} {:>8.2} {:>8.2} {:>8.2}",
            ms(p50),
            ms(p95),
            ms(slowest)
        );
    }
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
    if is_slow {
        println!("a 95th percentile is over {LIMIT:?}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Bytes of memory that this process has, on Linux.
fn memory() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or_default() * 4096
}

/// The parameters of a query, made from a number.
type Parameters = Box<dyn Fn(u64) -> String>;

fn queries(traces: u64) -> Vec<(&'static str, &'static str, Parameters)> {
    let minutes = traces * 100 * MS;
    vec![
        ("traces: the newest", "traces", Box::new(|_| String::new())),
        (
            "traces: a page further back",
            "traces",
            Box::new(move |n| format!("until={}", START + n % minutes)),
        ),
        (
            "traces: with an error",
            "traces",
            Box::new(|n| format!("errors=1&service={}", service(n))),
        ),
        (
            "traces: an attribute that many have",
            "traces",
            Box::new(|n| format!("attribute=http.route=/api/items/{}/{{id}}", n % ROUTES)),
        ),
        (
            "traces: an attribute that one trace has",
            "traces",
            Box::new(move |n| format!("attribute=order.id=order-{}", n % traces)),
        ),
        (
            "traces: an attribute that none has",
            "traces",
            Box::new(|n| format!("attribute=order.id=none-{n}")),
        ),
        (
            "traces: a number that none has",
            "traces",
            Box::new(|n| format!("attribute=http.response.status_code>{}", 600 + n % 100)),
        ),
        (
            "traces: the start of a value that one has",
            "traces",
            Box::new(move |n| format!("attribute=order.id=order-{}*", n % traces)),
        ),
        (
            "traces: a word that none has",
            "traces",
            Box::new(|n| format!("q=nowhere{n}")),
        ),
        (
            "traces: status 5xx of a route",
            "traces",
            Box::new(|n| format!("status=5xx&route=/api/items/{}/{{id}}", n % ROUTES)),
        ),
        (
            "trace",
            "trace",
            Box::new(move |n| format!("trace_id={}", id(n % traces))),
        ),
        ("routes", "routes", Box::new(|_| String::new())),
        ("services", "services", Box::new(|_| String::new())),
        ("durations", "durations", Box::new(|_| String::new())),
        ("sessions", "sessions", Box::new(|_| String::new())),
        (
            "attributes: values that begin so",
            "attributes",
            Box::new(|n| format!("key=url.path&start=/api/items/{}", n % ROUTES)),
        ),
        (
            "traces: a release that all have",
            "traces",
            Box::new(|_| "attribute=service.version=1.4.2".to_owned()),
        ),
        (
            "traces: a release that none has",
            "traces",
            Box::new(|n| format!("attribute=service.version=9.{n}")),
        ),
        ("errors", "errors", Box::new(|_| String::new())),
        (
            "errors: a text that one group has",
            "errors",
            Box::new(|n| format!("q=Fault{}", n % FAULTS)),
        ),
        (
            "errors: a text that none has",
            "errors",
            Box::new(|n| format!("q=nowhere{n}")),
        ),
        ("logs: the newest", "logs", Box::new(|_| String::new())),
        (
            "logs: a word that many have",
            "logs",
            Box::new(|n| format!("q=item{}", n % 10)),
        ),
        (
            "logs: a word that one has",
            "logs",
            Box::new(move |n| format!("q=basket-{}-", n % traces)),
        ),
        (
            "logs: a word that none has",
            "logs",
            Box::new(|n| format!("q=nowhere{n}")),
        ),
        (
            "logs: an attribute that one has",
            "logs",
            Box::new(move |n| format!("attribute=basket.id=basket-{}-", n % traces)),
        ),
        (
            "logs: an attribute that none has",
            "logs",
            Box::new(|n| format!("attribute=basket.id=none-{n}")),
        ),
        (
            "logs: of a service, a severity that few have",
            "logs",
            Box::new(|n| format!("min_severity=17&service={}", service(n))),
        ),
        (
            "logs: a severity that none has",
            "logs",
            Box::new(|_| "min_severity=24".to_owned()),
        ),
    ]
}

/// A store of this many traces, with a span in each that has its own number.
fn filled(path: PathBuf, traces: u64) -> Store {
    let bounds = Bounds {
        traces: None,
        bytes: Some(8 << 30),
        ..Bounds::IN_FILE
    };
    let store = Store::open(&path).unwrap().with_bounds(bounds);
    let began = Instant::now();
    for first in (0..traces).step_by(100) {
        let traces = first..(first + 100).min(traces);
        for (signal, request) in [
            (Signal::Traces, request(traces.clone())),
            (Signal::Logs, log_request(traces)),
        ] {
            store
                .append(signal, &request, START + first * 100 * MS)
                .unwrap();
        }
    }
    let took = began.elapsed();
    let spans = traces * SPANS_PER_TRACE;
    drop(store);
    // As a program that opens the file has it: nothing of it in memory.
    let store = Store::open(&path).unwrap().with_bounds(bounds);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!(
        "{spans} spans in {traces} traces, {} log records: stored in {:.1} s, {:.1} µs per span; the file has {} MB\n",
        traces * LOGS_PER_TRACE,
        took.as_secs_f64(),
        took.as_secs_f64() * 1e6 / spans as f64,
        bytes >> 20,
    );
    store
}

fn write_resource(request: &mut Writer, nth_service: u64) {
    let own = request.open(resource_group::RESOURCE);
    for (key, value) in [
        ("service.name", service(nth_service)),
        ("service.version", "1.4.2".to_owned()),
        ("host.name", format!("host-{nth_service}")),
    ] {
        attribute::string(request, resource::ATTRIBUTES, key, &value);
    }
    request.close(own);
}

fn request(traces: std::ops::Range<u64>) -> Vec<u8> {
    let mut request = Writer::new();
    for nth_service in 0..SERVICES {
        let group = request.open(export_request::RESOURCE);
        write_resource(&mut request, nth_service);
        let scope = request.open(resource_group::SCOPE);
        for trace in traces.clone() {
            for nth in (0..SPANS_PER_TRACE).filter(|nth| (trace + nth) % SERVICES == nth_service) {
                let record = request.open(scope_group::RECORD);
                write_span(&mut request, trace, nth);
                request.close(record);
            }
        }
        request.close(scope);
        request.close(group);
    }
    request.into_bytes()
}

fn write_span(span_bytes: &mut Writer, trace: u64, nth: u64) {
    let n = scattered(trace * SPANS_PER_TRACE + nth);
    let start = START + trace * 100 * MS + nth * MS;
    span_bytes.bytes(span::TRACE_ID, &(1 + u128::from(trace)).to_be_bytes());
    span_bytes.bytes(
        span::SPAN_ID,
        &(trace * SPANS_PER_TRACE + nth + 1).to_be_bytes(),
    );
    if nth > 0 {
        span_bytes.bytes(
            span::PARENT_SPAN_ID,
            &(trace * SPANS_PER_TRACE + nth).to_be_bytes(),
        );
    }
    let route = format!("/api/items/{}/{{id}}", n % ROUTES);
    span_bytes.string(span::NAME, &format!("GET {route}"));
    span_bytes.varint(span::KIND, 2 + n % 2);
    span_bytes.fixed64(span::START_TIME_UNIX_NANO, start);
    span_bytes.fixed64(span::END_TIME_UNIX_NANO, start + (1 + n % 400) * MS);
    let is_failed = n.is_multiple_of(50);
    let code = if is_failed { 503 } else { 200 };
    let text = |writer: &mut Writer, key, value: &str| {
        attribute::string(writer, span::ATTRIBUTES, key, value);
    };
    text(span_bytes, "http.request.method", "GET");
    text(span_bytes, "http.route", &route);
    text(
        span_bytes,
        "url.path",
        &format!("/api/items/{}/{n}", n % ROUTES),
    );
    text(span_bytes, "server.address", "shop.example");
    text(
        span_bytes,
        "user_agent.original",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0",
    );
    text(span_bytes, "session.id", &format!("{:032x}", trace / 20));
    attribute::int(
        span_bytes,
        span::ATTRIBUTES,
        "http.response.status_code",
        code,
    );
    attribute::int(span_bytes, span::ATTRIBUTES, "server.port", 443);
    if nth == SPANS_PER_TRACE - 1 {
        text(span_bytes, "order.id", &format!("order-{trace}"));
        text(
            span_bytes,
            "db.query.text",
            "SELECT id, name, price FROM item WHERE id = $1 AND deleted_at IS NULL",
        );
    }
    if is_failed {
        let open = span_bytes.open(span::STATUS);
        span_bytes.varint(status::CODE, 2);
        span_bytes.close(open);
    }
}

fn log_request(traces: std::ops::Range<u64>) -> Vec<u8> {
    let mut request = Writer::new();
    for nth_service in 0..SERVICES {
        let group = request.open(export_request::RESOURCE);
        write_resource(&mut request, nth_service);
        let scope = request.open(resource_group::SCOPE);
        for trace in traces.clone() {
            let own = |nth: &u64| (trace + nth) % SERVICES == nth_service;
            for nth in (0..LOGS_PER_TRACE).filter(own) {
                let record = request.open(scope_group::RECORD);
                write_log(&mut request, trace, nth);
                request.close(record);
            }
        }
        request.close(scope);
        request.close(group);
    }
    request.into_bytes()
}

/// A log record; some are exceptions, and some are in no trace.
fn write_log(log: &mut Writer, trace: u64, nth: u64) {
    let n = scattered(trace * LOGS_PER_TRACE + nth);
    let is_exception = n.is_multiple_of(40);
    log.fixed64(
        log_record::TIME_UNIX_NANO,
        START + trace * 100 * MS + nth * MS,
    );
    log.varint(
        log_record::SEVERITY_NUMBER,
        if is_exception { 17 } else { 9 },
    );
    if !n.is_multiple_of(10) {
        log.bytes(log_record::TRACE_ID, &(1 + u128::from(trace)).to_be_bytes());
        log.bytes(
            log_record::SPAN_ID,
            &(trace * SPANS_PER_TRACE + nth + 1).to_be_bytes(),
        );
    }
    let body = log.open(log_record::BODY);
    log.string(
        any_value::STRING,
        &format!(
            "put item{} into basket-{trace}- of the customer and computed its price anew",
            n % 1_000
        ),
    );
    log.close(body);
    let text = |writer: &mut Writer, key, value: &str| {
        attribute::string(writer, log_record::ATTRIBUTES, key, value);
    };
    text(log, "basket.id", &format!("basket-{trace}-"));
    text(log, "session.id", &format!("{:032x}", trace / 20));
    if is_exception {
        log.string(log_record::EVENT_NAME, "exception");
        let fault = n % FAULTS;
        text(log, "exception.type", &format!("Fault{fault}"));
        text(log, "exception.message", "the price is not known");
        text(
            log,
            "exception.stacktrace",
            &format!(
                "Fault{fault}: the price is not known\n    at price{fault} (/app/price.js:{fault}:7)"
            ),
        );
    }
}

fn id(trace: u64) -> String {
    format!("{:032x}", 1 + u128::from(trace))
}

fn service(n: u64) -> String {
    format!("service-{}", n % SERVICES)
}

/// A number that looks random, the same in each run.
/// <https://prng.di.unimi.it/splitmix64.c>
const fn scattered(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const SERVICES: u64 = 12;
const ROUTES: u64 = 300;
const LOGS_PER_TRACE: u64 = 2;
const FAULTS: u64 = 300;
