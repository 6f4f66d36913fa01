//! Tests of the counts that an operator reads at `/stats`.

use crate::support::{BATCH, request, text};
use http::{Request, StatusCode};
use serde_json::json;
use throughline_edge::config::{BackendConfig, OutcomesConfig, ProjectConfig};
use throughline_edge::{Config, Edge, Machine, PartitionLag};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn the_counts_are_of_all_cores_and_backends() {
    let host = SimHost::new(3);
    for (name, replies) in [("tempo", vec![]), ("archive", vec![Reply::status(400)])] {
        let backend = Recorder::default();
        backend.will_reply(replies);
        host.serve(&format!("{name}.test"), &backend);
    }
    let config = config(Some("s3cret"));
    let machine = Machine::new(&config);
    let core = || Edge::on(machine.clone(), config.clone()).expect("a usable configuration");
    let cores = [core(), core()];
    for core in &cores {
        let sent = core.handle(&host, request(SimBody::whole(BATCH.into())));
        host.executor().run(sent).expect("a response");
        host.executor().run_until_idle();
    }
    let (code, body) = stats(&host, &cores[1], Some("Bearer s3cret"));
    assert_eq!(code, StatusCode::OK);
    let counts: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let expected = json!({
        "received": { "traces": 2 },
        "taken_up": {},
        "copied": { "traces": 2 },
        "queued": { "traces": 0 },
        "ended": [
            { "signal": "traces", "backend": "archive", "outcome": "exported", "records": 1 },
            { "signal": "traces", "backend": "archive", "outcome": "rejected", "reason": "backend_refused", "records": 1 },
            { "signal": "traces", "backend": "tempo", "outcome": "exported", "records": 2 },
        ],
        "requests": [{ "route": "/v1/traces", "status": 200, "requests": 2 }],
        // The edge is open, and no project is configured.
        "projects": [
            { "signal": "traces", "direction": "receive", "records": 2, "bytes": 226 },
            { "signal": "traces", "direction": "transmit", "backend": "archive", "records": 2, "bytes": 226 },
            { "signal": "traces", "direction": "transmit", "backend": "tempo", "records": 2, "bytes": 226 },
        ],
        "backends": [
            { "backend": "tempo", "records": 0, "bytes": 0 },
            { "backend": "archive", "records": 0, "bytes": 0 },
        ],
    });
    assert_eq!(counts, expected);
}

#[test]
fn what_was_changed_and_what_was_refused_is_in_the_counts() {
    let host = SimHost::new(3);
    for name in ["tempo", "archive"] {
        host.serve(&format!("{name}.test"), &Recorder::default());
    }
    let mut config = config(Some("s3cret"));
    config.open = false;
    config.projects = vec![ProjectConfig {
        name: "shop".into(),
        keys: vec!["pk_shop".into()],
        ..ProjectConfig::default()
    }];
    config.normalize.limits.value_bytes = 100;
    config.backends[0].max_attribute_bytes = 50;
    let edge = Edge::new(config).expect("a usable configuration");
    let attributes = json!([
        { "key": "note", "value": { "stringValue": "a".repeat(200) } },
        { "key": "sent.to", "value": { "stringValue": "jo@shop.example" } },
    ]);
    let batch = BATCH.replace(r#""name""#, &format!(r#""attributes":{attributes},"name""#));
    for (path, body) in [
        ("/v1/traces?key=pk_shop", batch.as_str()),
        ("/v1/traces?key=pk_other", BATCH),
        ("/v1/logs", BATCH),
        ("/v1/logs", BATCH),
        ("/v1/logs?key=pk_shop", "{"),
        ("/v1/trace", BATCH),
    ] {
        let mut request = request(SimBody::whole(body.to_owned().into()));
        *request.uri_mut() = path.parse().expect("a path");
        host.executor().run(edge.handle(&host, request));
        host.executor().run_until_idle();
    }
    let (code, _) = stats(&host, &edge, Some("Bearer guess"));
    assert_eq!(code, StatusCode::UNAUTHORIZED);
    let (_, body) = stats(&host, &edge, Some("Bearer s3cret"));
    let counts: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let refused = |route: Option<&str>, status: u16, reason: &str, requests: u64| {
        let mut row = json!({ "status": status, "reason": reason, "requests": requests });
        if let Some(route) = route {
            row["route"] = route.into();
        }
        row
    };
    let expected = [
        (
            "redacted",
            json!([{ "signal": "traces", "rule": "email", "redactions": 1 }]),
        ),
        (
            "cut",
            json!([{ "signal": "traces", "limit": "limits.value_bytes", "parts": 1 }]),
        ),
        (
            "truncated",
            json!([{ "signal": "traces", "backend": "tempo", "values": 1 }]),
        ),
        (
            "requests",
            json!([
                refused(None, 401, "stats_key", 1),
                refused(None, 404, "not_found", 1),
                refused(Some("/v1/logs"), 400, "invalid", 1),
                refused(Some("/v1/logs"), 401, "key_missing", 2),
                { "route": "/v1/traces", "status": 200, "requests": 1 },
                refused(Some("/v1/traces"), 401, "key_unknown", 1),
            ]),
        ),
    ];
    for (member, expected) in expected {
        assert_eq!(counts[member], expected, "{member}");
    }
    let page = include_str!("../../../edge-worker/native/README.md");
    for member in counts.as_object().expect("an object").keys() {
        assert!(
            page.contains(&format!("`{member}`")),
            "{member} is not described"
        );
    }
}

#[test]
fn the_counts_are_for_whoever_has_the_secret() {
    let host = SimHost::new(3);
    let edge = |key| Edge::new(config(key)).expect("a usable configuration");
    let guarded = edge(Some("s3cret"));
    for (sent, message) in [
        (None, "the key for the counts is missing"),
        (Some("s3cret"), "the key for the counts is missing"),
        (Some("Bearer s3cre"), "the key for the counts is not it"),
        (Some("Bearer s3creT"), "the key for the counts is not it"),
    ] {
        let (code, body) = stats(&host, &guarded, sent);
        assert_eq!(code, StatusCode::UNAUTHORIZED);
        assert!(body.starts_with(message), "{body}");
    }
    let (code, _) = stats(&host, &edge(None), Some("Bearer "));
    assert_eq!(code, StatusCode::NOT_FOUND);
}

#[test]
fn prometheus_reads_the_same_numbers() {
    let host = SimHost::new(3);
    host.serve("tempo.test", &Recorder::default());
    let archive = Recorder::default();
    archive.will_reply(vec![Reply::status(400)]);
    host.serve("archive.test", &archive);
    let mut config = config(Some("s3cret"));
    config.normalize.limits.value_bytes = 100;
    config.backends[0].max_attribute_bytes = 50;
    let edge = Edge::new(config).expect("a usable configuration");
    let attributes = json!([
        { "key": "note", "value": { "stringValue": "a".repeat(200) } },
        { "key": "sent.to", "value": { "stringValue": "jo@shop.example" } },
    ]);
    let batch = BATCH.replace(r#""name""#, &format!(r#""attributes":{attributes},"name""#));
    for (path, body) in [
        ("/v1/traces", batch.as_str()),
        ("/v1/traces", BATCH),
        ("/v1/logs", "{"),
        ("/v1/trace", BATCH),
    ] {
        let mut request = request(SimBody::whole(body.to_owned().into()));
        *request.uri_mut() = path.parse().expect("a path");
        host.executor().run(edge.handle(&host, request));
        host.executor().run_until_idle();
    }
    let (_, body) = stats(&host, &edge, Some("Bearer s3cret"));
    let counts: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let text = scrape(&host, &edge, "Bearer s3cret").expect("the counts").1;
    for (name, member, number) in [
        ("received_total", "received", ""),
        ("copied_total", "copied", ""),
        ("queued", "queued", ""),
        ("records_total", "ended", "records"),
        ("redactions_total", "redacted", "redactions"),
        ("cuts_total", "cut", "parts"),
        ("truncations_total", "truncated", "values"),
        ("requests_total", "requests", "requests"),
        ("project_records_total", "projects", "records"),
        ("project_io_bytes_total", "projects", "bytes"),
        ("backend_queued", "backends", "records"),
        ("backend_memory_bytes", "backends", "bytes"),
    ] {
        let in_stats: Vec<u64> = match &counts[member] {
            serde_json::Value::Array(rows) => (rows.iter())
                .map(|row| row[number].as_u64().expect("a number"))
                .collect(),
            by_signal => {
                let numbers = by_signal.as_object().expect("by signal").values();
                numbers
                    .map(|number| number.as_u64().expect("a number"))
                    .collect()
            }
        };
        let samples = text
            .lines()
            .filter_map(|line| line.strip_prefix(&format!("throughline_edge_{name}{{")));
        let scraped: Vec<u64> = samples
            .map(|sample| {
                sample
                    .rsplit_once("} ")
                    .expect("labels")
                    .1
                    .parse()
                    .expect("a number")
            })
            .collect();
        assert!(!scraped.is_empty(), "{name} in\n{text}");
        assert_eq!(scraped, in_stats, "{name}");
    }
    let rejected = "throughline_edge_records_total{throughline_signal=\"traces\",throughline_backend=\"archive\",throughline_outcome=\"rejected\",throughline_reason=\"backend_refused\",";
    assert!(text.contains(rejected), "{text}");
    let refused = "throughline_edge_requests_total{http_route=\"/v1/logs\",http_response_status_code=\"400\",throughline_reason=\"invalid\",";
    assert!(text.contains(refused), "{text}");
    for wrong in ["Bearer guess", "s3cret", ""] {
        assert_eq!(
            scrape(&host, &edge, wrong).expect("a refusal").0,
            StatusCode::UNAUTHORIZED
        );
    }
    let without = Edge::new(self::config(None)).expect("usable");
    assert!(scrape(&host, &without, "Bearer s3cret").is_none());
}

#[test]
fn the_lags_of_all_cores_are_scraped() {
    let host = SimHost::new(3);
    let config = config(Some("s3cret"));
    let machine = Machine::new(&config);
    let core = || Edge::on(machine.clone(), config.clone()).expect("a usable configuration");
    let cores = [core(), core()];
    let lag = |partition, messages| {
        vec![PartitionLag {
            group: "shop".into(),
            topic: "otlp_spans".into(),
            partition,
            messages,
        }]
    };
    let scraped = |of: &Edge| {
        let (_, text) = scrape(&host, of, "Bearer s3cret").expect("a response");
        let samples = text.lines().filter(|line| line.starts_with("kafka_"));
        let samples = samples.map(|line| line.replace(SCOPE, ""));
        samples.collect::<Vec<_>>()
    };
    let sample = |partition: i32, messages: u64| {
        format!(
            "kafka_consumer_group_lag{{messaging_consumer_group_name=\"shop\",messaging_destination_name=\"otlp_spans\",messaging_destination_partition_id=\"{partition}\"}} {messages}"
        )
    };
    cores[1].set_lags(lag(3, 7));
    cores[0].set_lags(lag(12, 0));
    assert_eq!(scraped(&cores[0]), [sample(3, 7), sample(12, 0)]);
    let [first, second] = cores;
    drop(second);
    assert_eq!(scraped(&first), [sample(12, 0)]);
}

fn scrape(host: &SimHost, edge: &Edge, authorization: &str) -> Option<(StatusCode, String)> {
    let request = Request::get("/metrics").header("authorization", authorization);
    let (head, ()) = request.body(()).expect("a request").into_parts();
    let response = edge.scrape(host, &head)?;
    let text = String::from_utf8_lossy(response.body()).into_owned();
    Some((response.status(), text))
}

fn stats(host: &SimHost, edge: &Edge, authorization: Option<&str>) -> (StatusCode, String) {
    let mut request = Request::new(SimBody::default());
    *request.uri_mut() = "/stats".parse().expect("a path");
    if let Some(value) = authorization {
        let value = value.parse().expect("a header value");
        request.headers_mut().insert("authorization", value);
    }
    let response = host.executor().run(edge.handle(host, request));
    let response = response.expect("a response");
    (response.status(), text(&response))
}

fn config(key: Option<&str>) -> Config {
    let backend = |name: &str| BackendConfig {
        name: name.into(),
        url: Some(format!("http://{name}.test")),
        join_ms: 0,
        ..BackendConfig::default()
    };
    Config {
        open: true,
        backends: vec![backend("tempo"), backend("archive")],
        outcomes: OutcomesConfig {
            stats_key: key.map(Into::into),
            ..OutcomesConfig::default()
        },
        ..Config::default()
    }
}

/// The labels of every sample.
const SCOPE: &str = concat!(
    ",otel_scope_name=\"throughline-edge\",otel_scope_version=\"",
    env!("CARGO_PKG_VERSION"),
    "\""
);
