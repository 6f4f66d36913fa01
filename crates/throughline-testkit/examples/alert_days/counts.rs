//! Reads the counts of an edge as Prometheus gets them: by a scrape, and by OTLP.

use http::Request;
use serde_json::Value;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read;
use throughline_edge::Edge;
use throughline_otlp::schema::export_request;
use throughline_otlp::{Signal, json};
use throughline_testkit::recorder::Received;
use throughline_testkit::sim::SimHost;

/// Values by series, which is written with its labels as Prometheus does.
pub(crate) type Counters = BTreeMap<String, u64>;

/// Adds the counters that Prometheus would scrape now. `target` is the address it does so at.
pub(crate) fn scrape(
    host: &SimHost,
    edge: &Edge,
    target: &str,
    counters: &mut Counters,
) -> Result<(), Box<dyn Error>> {
    let mut request = Request::new(());
    *request.uri_mut() = "/metrics".parse()?;
    let key = format!("Bearer {KEY}").parse()?;
    request.headers_mut().insert("authorization", key);
    let (head, ()) = request.into_parts();
    let response = edge.scrape(host, &head).ok_or("it is no scrape")?;
    let text = core::str::from_utf8(response.body())?;
    let before = counters.len();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').ok_or("a series and its value")?;
        if let Some((name, labels)) = series.split_once('{')
            && SCRAPED.contains(&name)
        {
            let series = format!(r#"{name}{{job="throughline-edge",instance="{target}",{labels}"#);
            counters.insert(series, value.parse::<f64>()? as u64);
        }
    }
    match counters.len() > before {
        true => Ok(()),
        false => Err(format!("{} has none of the counters: {text}", response.status()).into()),
    }
}

/// Adds the numbers of requests that the edge has measured and sent to Prometheus, with the labels
/// that its OTLP receiver makes of resource and attributes.
pub(crate) fn measured(sent: &[Received], counters: &mut Counters) -> Result<(), Box<dyn Error>> {
    for request in sent {
        let mut body = Vec::new();
        flate2::read::GzDecoder::new(&request.body[..]).read_to_end(&mut body)?;
        let text = json::from_protobuf(export_request(Signal::Metrics), &body)?;
        let request: Value = serde_json::from_str(&text)?;
        for resource in list(&request["resourceMetrics"]) {
            let of = |key| attribute(&resource["resource"], key);
            let (job, instance) = (of("service.name"), of("service.instance.id"));
            let metrics = (list(&resource["scopeMetrics"])).flat_map(|of| list(&of["metrics"]));
            for metric in metrics.filter(|metric| metric["name"] == MEASURED) {
                for point in list(&metric["histogram"]["dataPoints"]) {
                    let labels: String = list(&point["attributes"])
                        .map(|pair| {
                            let key = pair["key"].as_str().unwrap_or_default().replace('.', "_");
                            format!(",{key}={}", pair["value"]["stringValue"])
                        })
                        .collect();
                    let series = format!(
                        r#"throughline_request_duration_seconds_count{{job="{job}",instance="{instance}"{labels}}}"#
                    );
                    let count = point["count"].as_str().ok_or("a point without a count")?;
                    counters.insert(series, count.parse()?);
                }
            }
        }
    }
    Ok(())
}

/// The series so far: the first minute of each, its last value, and by how much it grew in each
/// minute.
#[derive(Default)]
pub(crate) struct Recording(BTreeMap<String, (u64, u64, Vec<String>)>);

impl Recording {
    /// Adds the values of a minute. A series that was not there for some minutes is a counter that
    /// began anew.
    pub(crate) fn add(&mut self, minute: u64, counters: &Counters) {
        for (series, value) in counters {
            let series = self.0.entry(series.clone());
            let (from, last, grown) = series.or_insert_with(|| (minute, 0, Vec::new()));
            while grown.len() < (minute - *from) as usize {
                grown.push(ABSENT.to_owned());
                *last = 0;
            }
            // A lower value is that of a counter which began anew within the minute: Prometheus, too,
            // takes all of it for growth.
            let growth = value.checked_sub(*last).unwrap_or(*value);
            grown.push(growth.to_string());
            *last = *value;
        }
    }

    /// As `crates/xtask/src/alerts/series.rs` reads it.
    pub(crate) fn written(&self) -> String {
        let mut text = String::from(
            "# Counts of each minute of a day: a series and its first minute, then the counts.\n",
        );
        for (series, (from, _, grown)) in &self.0 {
            text.push_str(&format!("{series} from {from}\n{}\n", grown.join(" ")));
        }
        text
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn attribute<'a>(of: &'a Value, key: &str) -> &'a str {
    let pair = list(&of["attributes"]).find(|pair| pair["key"] == key);
    let value = pair.and_then(|pair| pair["value"]["stringValue"].as_str());
    value.unwrap_or_default()
}

/// The secret of the scrape.
pub(crate) const KEY: &str = "sk_0123456789abcdef";
/// The counters of a scrape that alerts read.
const SCRAPED: [&str; 2] = [
    "throughline_edge_records_total",
    "throughline_edge_requests_total",
];
/// The metric that alerts read of what is sent by OTLP.
const MEASURED: &str = "throughline.request.duration";
/// The mark of a minute in which a series was not there.
const ABSENT: &str = "_";
