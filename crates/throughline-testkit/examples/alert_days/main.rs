//! Records days of an edge's own counts, for the proofs of alerts: `alert_days FOLDER…`, the folders of days.
//! `cargo xtask alerts --record` runs it.
//!
//! The edge is the real one. A day of senders, and a backend with the faults that `day.toml` names
//! below `[recorded]`, go by on the simulated host. Each minute the edge's counts are read where
//! Prometheus would scrape them, and the requests that it has measured in what it sends there. A seed
//! gives the same day each time.

mod counts;
mod day;

use counts::{Counters, KEY, Recording};
use day::{Day, Kind, MINUTES, Random, Recorded};
use http::{HeaderValue, Method, Request};
use std::error::Error;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use throughline_edge::config::{BackendConfig, BackendSignal, BackendTemporality};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

fn main() -> Result<(), Box<dyn Error>> {
    for folder in std::env::args_os().skip(1) {
        let path = Path::new(&folder);
        let day: Day = toml::from_str(&std::fs::read_to_string(path.join("day.toml"))?)?;
        let recorded = day.recorded.ok_or("a day without [recorded]")?;
        record(&recorded, path)?;
    }
    Ok(())
}

/// Records a day into `series.txt` of its folder.
fn record(day: &Recorded, folder: &Path) -> Result<(), Box<dyn Error>> {
    let host = SimHost::new(day.seed);
    let begun = host.now_unix_nano();
    let (backend, prometheus) = (Recorder::default(), Recorder::default());
    let (rule, random) = (day.clone(), Random::of(day.seed + 1));
    backend.will_judge(move |received| {
        let minute = (received.at_unix_nano - begun) / MINUTE_NANOS;
        reply(&rule, &random, received, minute)
    });
    host.serve("backend.test", &backend);
    host.serve("prometheus.test", &prometheus);
    let (mut edge, mut edges) = (Some(new_edge()?), 1);
    let random = Random::of(day.seed);
    let mut recording = Recording::default();
    for minute in 0..MINUTES {
        if day.share(Kind::EdgeGone, minute).is_some() {
            edge = None;
            host.executor().run(host.sleep(Duration::from_secs(60)));
            // What was on its way when it ended.
            backend.take();
            prometheus.take();
            continue;
        }
        let running = match edge.take() {
            Some(running) => running,
            None => {
                edges += 1;
                new_edge()?
            }
        };
        for step in 0..12 {
            let is_due = (minute * 12 + step) % (day.every_s / 5).max(1) == 0;
            for sender in SERVICES.into_iter().filter(|_| is_due) {
                let request = request(day, &random, minute, sender, host.now_unix_nano())?;
                let sent = running.handle(&host, request);
                host.executor().run(sent).ok_or("no response")?;
            }
            host.executor().run(host.sleep(Duration::from_secs(5)));
        }
        backend.take();
        let mut counters = Counters::new();
        let target = format!("edge-{edges}:4318");
        counts::scrape(&host, &running, &target, &mut counters)?;
        counts::measured(&prometheus.take(), &mut counters)?;
        recording.add(minute, &counters);
        edge = Some(running);
    }
    std::fs::write(folder.join("series.txt"), recording.written())?;
    Ok(())
}

/// An edge as it is without further configuration, with a backend for traces, and Prometheus.
fn new_edge() -> Result<Edge, Box<dyn Error>> {
    let backend = |name: &str, signal| BackendConfig {
        name: name.into(),
        url: Some(format!("http://{name}.test")),
        signals: vec![signal],
        temporality: BackendTemporality::Cumulative,
        ..BackendConfig::default()
    };
    let mut config = Config {
        open: true,
        backends: vec![
            backend("backend", BackendSignal::Traces),
            backend("prometheus", BackendSignal::Metrics),
        ],
        ..Config::default()
    };
    config.outcomes.interval_ms = 15_000;
    config.outcomes.stats_key = Some(KEY.into());
    Ok(Edge::new(config)?)
}

/// The response of the backend in a minute.
fn reply(day: &Recorded, random: &Random, received: &Received, minute: u64) -> Reply {
    if day.share(Kind::BackendDown, minute).is_some() {
        return Reply {
            drop: true,
            ..Reply::default()
        };
    }
    if random.share() < day.busy {
        return Reply::status(503);
    }
    let mut body = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(&received.body[..]);
    let is_read = decoder.read_to_end(&mut body).is_ok();
    let name = REFUSED.as_bytes();
    match is_read && body.windows(name.len()).any(|bytes| bytes == name) {
        true => Reply::status(400),
        false => Reply::default(),
    }
}

/// The spans of a service in the five seconds before `now_unix_nano`.
fn request(
    day: &Recorded,
    random: &Random,
    minute: u64,
    service: &str,
    now_unix_nano: u64,
) -> Result<Request<SimBody>, Box<dyn Error>> {
    let burst = day.share(Kind::Burst, minute).unwrap_or(1.0);
    let expected = day.peak * day.shape(minute) * burst;
    let count = (expected * (0.8 + 0.4 * random.share())).round().max(1.0) as u64;
    let refused = day.share(Kind::Refused, minute).unwrap_or_default();
    let unusable = day.share(Kind::Unusable, minute).unwrap_or_default();
    let errors = day.share(Kind::Errors, minute);
    let errors = errors.filter(|_| service == SERVICES[0]);
    let errors = errors.unwrap_or(day.errors);
    let odd = (random.share() < day.unusable).then(|| random.next() % count);
    let spans: Vec<String> = (0..count)
        .map(|index| {
            let draw = random.share();
            let name = if draw < refused {
                REFUSED
            } else {
                "GET /basket"
            };
            let trace = match odd == Some(index) || draw > 1.0 - unusable {
                true => String::from("00000000000000000000000000000000"),
                false => format!("{:016x}{:016x}", random.next() | 1, random.next()),
            };
            let span = random.next() | 1;
            let status = if random.share() < errors { 500 } else { 200 };
            let begins = now_unix_nano - SPAN_NANOS;
            format!(
                r#"{{"traceId":"{trace}","spanId":"{span:016x}","name":"{name}","kind":2,"startTimeUnixNano":"{begins}","endTimeUnixNano":"{now_unix_nano}","attributes":[{{"key":"http.request.method","value":{{"stringValue":"GET"}}}},{{"key":"http.route","value":{{"stringValue":"/basket"}}}},{{"key":"http.response.status_code","value":{{"intValue":"{status}"}}}}]}}"#
            )
        })
        .collect();
    let spans = spans.join(",");
    let body = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{service}"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#
    );
    let mut request = Request::new(SimBody::whole(body.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/traces".parse()?;
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    Ok(request)
}

const MINUTE_NANOS: u64 = 60_000_000_000;
/// The duration of each request.
const SPAN_NANOS: u64 = 20_000_000;
/// Services, each with an exporter of OpenTelemetry.
const SERVICES: [&str; 2] = ["orders-api", "pricing-api"];
/// The name of a span that the backend does not take.
const REFUSED: &str = "GET /not-taken";
