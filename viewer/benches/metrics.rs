//! Measures how long the queries of metrics take on a large store, and how long it takes to store them:
//! `cargo xtask bench viewer`.
//!
//! Fills a store in a file with as many points and series as it keeps, half of them of one histogram. Fails
//! when a 95th percentile is over the limit.
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
    export_request, histogram_data_point as histogram, metric, number_data_point as number, points,
    resource, resource_group, scope_group,
};
use throughline_otlp::protobuf::Writer;
use throughline_viewer::{Bounds, Query, Source, Store};

/// Points of the histogram, and of all counters.
const HALF: u64 = 500_000;
const HISTOGRAM_SERIES: u64 = 1_000;
const COUNTERS: u64 = 90;
const COUNTER_SERIES: u64 = 100;
const ROUNDS: u64 = 40;
/// The largest 95th percentile.
const LIMIT: Duration = Duration::from_millis(200);
const START: u64 = 1_780_000_000_000_000_000;
const SECOND: u64 = 1_000_000_000;

fn main() -> ExitCode {
    let folder = std::env::temp_dir().join(format!("throughline-metrics-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let store = filled(folder.join("store.sqlite"));
    let mut is_slow = false;
    println!("{:<52} {:>8} {:>8} {:>8}", "ms", "p50", "p95", "slowest");
    for (name, query, parameters) in [
        ("metrics: all", "metrics", "limit=1000"),
        ("metrics: a word", "metrics", "q=counter.7"),
        ("metrics: an attribute", "metrics", "attribute=series=17"),
        (
            "metrics: the last hour",
            "metrics",
            "since=1780007000000000000",
        ),
        (
            "metric: a histogram of 500,000 points",
            "metric",
            "metric=duration",
        ),
        (
            "metric: the same, 120 steps of 12 series",
            "metric",
            "metric=duration&steps=120&limit=12",
        ),
        (
            "metric: the same, 100 series",
            "metric",
            "metric=duration&limit=100",
        ),
        (
            "metric: one of its series",
            "metric",
            "metric=duration&attribute=series=17",
        ),
        (
            "metric: a counter of 100 series",
            "metric",
            "metric=counter.3&limit=100",
        ),
        ("status", "status", ""),
    ] {
        let query = Query::named(query).unwrap();
        store.query(query, parameters).unwrap();
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|_| {
                let began = Instant::now();
                store.query(query, parameters).unwrap();
                began.elapsed()
            })
            .collect();
        times.sort_unstable();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100) - 1];
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let (p50, p95, slowest) = (at(50), at(95), at(100));
        is_slow |= p95 > LIMIT;
        println!(
            "{name:<52} {:>8.2} {:>8.2} {:>8.2}",
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

fn filled(path: PathBuf) -> Store {
    let bounds = Bounds {
        bytes: Some(8 << 30),
        ..Bounds::IN_FILE
    };
    let store = Store::open(&path).unwrap().with_bounds(bounds);
    let began = Instant::now();
    // An export of each program every ten seconds, in turn.
    let mut count = 0;
    for nth in 0..HALF / HISTOGRAM_SERIES {
        let request = request(|writer| write_histogram(writer, nth));
        store.append(Signal::Metrics, &request, time(nth)).unwrap();
        count += HISTOGRAM_SERIES;
    }
    let per_histogram = began.elapsed() / u32::try_from(count).unwrap();
    let began = Instant::now();
    let counters = COUNTERS * COUNTER_SERIES;
    for nth in 0..HALF / counters {
        for counter in 0..COUNTERS {
            let request = request(|writer| write_counter(writer, counter, nth));
            store.append(Signal::Metrics, &request, time(nth)).unwrap();
        }
    }
    let per_number = began.elapsed() / u32::try_from(HALF / counters * counters).unwrap();
    drop(store);
    let began = Instant::now();
    let store = Store::open(&path).unwrap().with_bounds(bounds);
    println!(
        "{} points in {} series: {:.1} µs per point of a histogram, {:.1} µs per number; opened in {:.0} ms; the file has {} MB\n",
        count + HALF / counters * counters,
        HISTOGRAM_SERIES + counters,
        per_histogram.as_secs_f64() * 1e6,
        per_number.as_secs_f64() * 1e6,
        began.elapsed().as_secs_f64() * 1e3,
        std::fs::metadata(&path).unwrap().len() >> 20,
    );
    store
}

fn request(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut request = Writer::new();
    let group = request.open(export_request::RESOURCE);
    let own = request.open(resource_group::RESOURCE);
    attribute::string(&mut request, resource::ATTRIBUTES, "service.name", "shop");
    request.close(own);
    let scope = request.open(resource_group::SCOPE);
    let record = request.open(scope_group::RECORD);
    write(&mut request);
    request.close(record);
    request.close(scope);
    request.close(group);
    request.into_bytes()
}

fn write_histogram(writer: &mut Writer, nth: u64) {
    writer.string(metric::NAME, "duration");
    let data = writer.open(metric::HISTOGRAM);
    for series in 0..HISTOGRAM_SERIES {
        let point = writer.open(points::DATA_POINTS);
        writer.fixed64(histogram::START_TIME_UNIX_NANO, START);
        writer.fixed64(histogram::TIME_UNIX_NANO, time(nth));
        writer.fixed64(histogram::COUNT, (nth + 1) * 15);
        writer.double_present(histogram::SUM, nth as f64 * 3.5);
        let counts: Vec<u8> = (0..15).flat_map(|_| (nth + 1).to_le_bytes()).collect();
        writer.bytes(histogram::BUCKET_COUNTS, &counts);
        let bounds: Vec<u8> = (0..14)
            .flat_map(|n| f64::from(n).exp2().to_le_bytes())
            .collect();
        writer.bytes(histogram::EXPLICIT_BOUNDS, &bounds);
        attribute::int(
            writer,
            histogram::ATTRIBUTES,
            "series",
            series.cast_signed(),
        );
        attribute::string(writer, histogram::ATTRIBUTES, "http.request.method", "GET");
        writer.close(point);
    }
    writer.varint(points::AGGREGATION_TEMPORALITY, 2);
    writer.close(data);
}

fn write_counter(writer: &mut Writer, counter: u64, nth: u64) {
    writer.string(metric::NAME, &format!("counter.{counter}"));
    let data = writer.open(metric::SUM);
    for series in 0..COUNTER_SERIES {
        let point = writer.open(points::DATA_POINTS);
        writer.fixed64(number::START_TIME_UNIX_NANO, START);
        writer.fixed64(number::TIME_UNIX_NANO, time(nth));
        writer.fixed64_present(number::AS_INT, nth * series);
        attribute::int(writer, number::ATTRIBUTES, "series", series.cast_signed());
        writer.close(point);
    }
    writer.varint(points::AGGREGATION_TEMPORALITY, 2);
    writer.varint(points::IS_MONOTONIC, 1);
    writer.close(data);
}

const fn time(nth: u64) -> u64 {
    START + (nth + 1) * 10 * SECOND
}
