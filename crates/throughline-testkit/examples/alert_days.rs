//! Records days of an edge's own counts, for the proofs of alerts: `alert_days FOLDER`.
//! `cargo xtask alerts --record` runs it.
//!
//! The edge is the real one. A day of senders, and a backend with the faults that `day.toml` names
//! below `[recorded]`, go by on the simulated host, and each minute its counts are read where
//! Prometheus would scrape them. A seed gives the same day each time.

use http::{HeaderValue, Method, Request};
use serde::Deserialize;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use std::path::Path;
use std::time::Duration;
use throughline_edge::config::BackendConfig;
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::{Received, Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("give a folder")?;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Ok(text) = std::fs::read_to_string(path.join("day.toml")) else {
            continue;
        };
        let day: Day = toml::from_str(&text)?;
        if let Some(recorded) = day.recorded {
            record(&recorded, &path)?;
        }
    }
    Ok(())
}

/// The part of `day.toml` that is about the recording.
#[derive(Deserialize)]
struct Day {
    recorded: Option<Recorded>,
}

/// A day of senders and a backend.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Recorded {
    seed: u64,
    /// Spans of each request in a minute of the afternoon.
    peak: f64,
    /// The least of them at night, as a share of the peak.
    night: f64,
    /// Share of requests with a span that no backend could use.
    unusable: f64,
    /// Share of exports that the backend is too busy for.
    busy: f64,
    #[serde(default)]
    events: Vec<Event>,
}

/// A difference for some minutes.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Event {
    kind: Kind,
    /// The minute of the day.
    at: u64,
    minutes: u64,
    /// The share of spans, or of a burst the factor.
    #[serde(default)]
    share: f64,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// The backend cannot be reached.
    BackendDown,
    /// Senders send this many times as much.
    Burst,
    /// This share of spans is such that the backend refuses a request with one of them.
    Refused,
    /// This share of spans is such that no backend could use them.
    Unusable,
}

impl Recorded {
    fn share(&self, kind: Kind, minute: u64) -> Option<f64> {
        let mut events = self.events.iter().filter(|event| event.kind == kind);
        let event = events.find(|event| (event.at..event.at + event.minutes).contains(&minute));
        event.map(|event| event.share)
    }
}

/// Records a day into `series.txt` of its folder.
fn record(day: &Recorded, folder: &Path) -> Result<(), Box<dyn Error>> {
    let host = SimHost::new(day.seed);
    let begun = host.now_unix_nano();
    let backend = Recorder::default();
    let (rule, random) = (day.clone(), Random(Cell::new(day.seed + 1)));
    backend.will_judge(move |received| {
        let minute = (received.at_unix_nano - begun) / MINUTE_NANOS;
        reply(&rule, &random, received, minute)
    });
    host.serve("backend.test", &backend);
    let edge = edge()?;
    let random = Random(Cell::new(day.seed));
    let mut recording = Recording::default();
    for minute in 0..MINUTES {
        for _ in 0..12 {
            for _ in 0..SENDERS {
                let request = request(day, &random, minute)?;
                let sent = edge.handle(&host, request);
                host.executor().run(sent).ok_or("no response")?;
            }
            host.executor().run(host.sleep(Duration::from_secs(5)));
        }
        backend.take();
        recording.add(minute, &scrape(&host, &edge)?);
    }
    std::fs::write(folder.join("series.txt"), recording.written())?;
    Ok(())
}

/// An edge as it is without a configuration, but for who may read its counts.
fn edge() -> Result<Edge, Box<dyn Error>> {
    let mut config = Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            ..BackendConfig::default()
        },
        ..Config::default()
    };
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

/// The spans of a sender in five seconds.
fn request(
    day: &Recorded,
    random: &Random,
    minute: u64,
) -> Result<Request<SimBody>, Box<dyn Error>> {
    let burst = day.share(Kind::Burst, minute).unwrap_or(1.0);
    let expected = day.peak * day_shape(minute, day.night) * burst;
    let count = (expected * (0.8 + 0.4 * random.share())).round().max(1.0) as u64;
    let refused = day.share(Kind::Refused, minute).unwrap_or_default();
    let unusable = day.share(Kind::Unusable, minute).unwrap_or_default();
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
            format!(r#"{{"traceId":"{trace}","spanId":"{span:016x}","name":"{name}","kind":2}}"#)
        })
        .collect();
    let spans = spans.join(",");
    let body = format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"orders-api"}}}}]}},"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#
    );
    let mut request = Request::new(SimBody::whole(body.into()));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = "/v1/traces".parse()?;
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    Ok(request)
}

/// The counters as Prometheus would read them now: series and values.
fn scrape(host: &SimHost, edge: &Edge) -> Result<BTreeMap<String, u64>, Box<dyn Error>> {
    let mut request = Request::new(());
    *request.uri_mut() = "/metrics".parse()?;
    let key = format!("Bearer {KEY}").parse()?;
    request.headers_mut().insert("authorization", key);
    let (head, ()) = request.into_parts();
    let response = edge.scrape(host, &head).ok_or("it is no scrape")?;
    let text = core::str::from_utf8(response.body())?;
    let mut counters = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').ok_or("a series and its value")?;
        if let Some((name, labels)) = series.split_once('{')
            && METRICS.contains(&name)
        {
            let series = format!("{name}{{{TARGET},{labels}");
            counters.insert(series, value.parse::<f64>()? as u64);
        }
    }
    match counters.is_empty() {
        true => Err(format!("{} has none of the counters: {text}", response.status()).into()),
        false => Ok(counters),
    }
}

/// The series so far: the first minute of each, its last value, and by how much it grew in each
/// minute.
#[derive(Default)]
struct Recording(BTreeMap<String, (u64, u64, Vec<u64>)>);

impl Recording {
    fn add(&mut self, minute: u64, counters: &BTreeMap<String, u64>) {
        for (series, value) in counters {
            let series = self.0.entry(series.clone());
            let (_, last, grown) = series.or_insert_with(|| (minute, 0, Vec::new()));
            grown.push(value - *last);
            *last = *value;
        }
    }

    /// As `crates/xtask/src/alerts/series.rs` reads it.
    fn written(&self) -> String {
        let mut text = String::from(
            "# Counts of each minute of a day: a series and its first minute, then the counts.\n",
        );
        for (series, (from, _, grown)) in &self.0 {
            let grown: Vec<String> = grown.iter().map(u64::to_string).collect();
            text.push_str(&format!("{series} from {from}\n{}\n", grown.join(" ")));
        }
        text
    }
}

/// The generator SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
struct Random(Cell<u64>);

impl Random {
    fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to 1, without 1.
    fn share(&self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The share of the peak in a minute: a wave with its top at 15:00.
fn day_shape(minute: u64, night: f64) -> f64 {
    let of_day = (minute as f64 - 900.0) / MINUTES as f64;
    let wave = f64::midpoint((of_day * core::f64::consts::TAU).cos(), 1.0);
    night + (1.0 - night) * wave
}

const MINUTES: u64 = 1_440;
const MINUTE_NANOS: u64 = 60_000_000_000;
/// Services, each with an exporter of OpenTelemetry, which sends each five seconds.
const SENDERS: usize = 2;
/// The name of a span that the backend does not take.
const REFUSED: &str = "GET /not-taken";
const KEY: &str = "sk_0123456789abcdef";
/// The labels that Prometheus adds to what it scrapes.
const TARGET: &str = r#"job="throughline-edge",instance="edge:4318""#;
/// The counters that alerts read.
const METRICS: [&str; 2] = [
    "throughline_edge_records_total",
    "throughline_edge_requests_total",
];
