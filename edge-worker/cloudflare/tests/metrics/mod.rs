//! Tests of the Durable Object that owns the metrics of all isolates.

use crate::backend::Backend;
use crate::edge::Served;
use crate::{BATCH, TIMEOUT};
use serde_json::Value;
use std::time::{Duration, Instant};

#[test]
fn one_owner_counts_since_the_start_and_goes_on_after_a_trap() {
    let backend = Backend::start();
    let edge = Served::start(
        &format!(
            "[backend]\n{}temporality = \"cumulative\"\n[outcomes]\ninterval_ms = 300\n",
            backend.as_toml()
        ),
        &["--bindings", "--panic-route"],
    );
    for _ in 0..2 {
        assert_eq!(edge.post_traces(BATCH).status, 200);
    }
    let before = backend.wait_for(&edge, 2);
    assert_eq!(before.instance.len(), 16, "{before:?}");
    // What it has in memory is lost, and its storage is not.
    let empty = "POST /panic HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(edge.send(empty).status, 500);
    assert_eq!(edge.post_traces(BATCH).status, 200);
    let after = backend.wait_for(&edge, 3);
    assert_eq!(after.instance, before.instance);
    assert_eq!(after.start, before.start, "no count began anew");
}

/// The spans that the metrics say were exported.
#[derive(Debug)]
struct Counted {
    spans: u64,
    instance: String,
    start: String,
}

impl Backend {
    /// Waits until so many spans are counted. An isolate gives its counts after a request.
    fn wait_for(&self, edge: &Served, spans: u64) -> Counted {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed() < TIMEOUT, "{spans} spans are not counted");
            assert_eq!(edge.get("/healthz").status, 200);
            let received = self.received.recv_timeout(Duration::from_millis(100));
            let counted = received.ok().and_then(|(_, request)| counted(&request));
            if let Some(counted) = counted {
                assert!(counted.spans <= spans, "{counted:?}");
                if counted.spans == spans {
                    return counted;
                }
            }
        }
    }
}

fn counted(request: &Value) -> Option<Counted> {
    let groups = request["resourceMetrics"].as_array()?.iter();
    let mut found = groups.flat_map(|group| {
        let instance = text_of(&group["resource"]["attributes"], "service.instance.id");
        let metrics = group["scopeMetrics"][0]["metrics"].as_array();
        let records = (metrics.into_iter().flatten())
            .filter(|metric| metric["name"] == "throughline.edge.records");
        let points = records.flat_map(|metric| metric["sum"]["dataPoints"].as_array());
        points.flatten().map(move |point| (instance.clone(), point))
    });
    let (instance, point) = found.find(|(_, point)| {
        let is = |key, value: &str| text_of(&point["attributes"], key) == value;
        is("throughline.signal", "traces") && is("throughline.outcome", "exported")
    })?;
    Some(Counted {
        spans: point["asInt"].as_str()?.parse().ok()?,
        instance,
        start: point["startTimeUnixNano"].as_str()?.to_owned(),
    })
}

fn text_of(attributes: &Value, key: &str) -> String {
    let mut list = attributes.as_array().into_iter().flatten();
    let found = list.find(|attribute| attribute["key"] == key);
    let text = found.and_then(|attribute| attribute["value"]["stringValue"].as_str());
    text.unwrap_or_default().to_owned()
}
