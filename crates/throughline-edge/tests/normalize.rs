//! Normalisation: counts of its changes, bots, clocks and routes, end to end.

use http::{HeaderValue, Method, Request};
use throughline_edge::config::{
    BackendCompression, BackendConfig, BackendEncoding, BotsAction, LocationHeadersConfig,
    NormalizeConfig, RecordLimitsConfig,
};
use throughline_edge::host::Clock;
use throughline_edge::outcome::{Outcome, RejectReason};
use throughline_edge::{Config, Edge};
use throughline_otlp::protobuf::Writer;
use throughline_otlp::{Signal, json, schema};
use throughline_testkit::recorder::{Received, Recorder};
use throughline_testkit::sim::{SimBody, SimHost};
use throughline_wire::bundle::Bundle;

#[test]
fn what_is_cut_off_is_counted_by_limit_and_exported() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = Edge::new(Config {
        normalize: NormalizeConfig {
            limits: RecordLimitsConfig {
                attributes: 2,
                value_bytes: 8,
                depth: 0,
                ..RecordLimitsConfig::default()
            },
            ..NormalizeConfig::default()
        },
        ..config()
    })
    .expect("a usable configuration");
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"a long name","attributes":[{"key":"a","value":{"stringValue":"012345678"}},{"key":"b","value":{"arrayValue":{"values":[{"arrayValue":{}}]}}},{"key":"c","value":{"intValue":"1"}},{"key":"d","value":{"intValue":"1"}}]}]}]}]}"#;
    send(&host, &edge, "/v1/traces", body);
    let cut = edge.tally().changes.cut;
    let count = |limit: &str| cut.get(&(Signal::Traces, limit.into())).copied();
    assert_eq!(count("limits.attributes"), Some(2));
    assert_eq!(count("limits.value_bytes"), Some(2));
    assert_eq!(cut.len(), 2, "{cut:?}");
    backend.take();
    host.executor().run(edge.flush_outcomes(&host));
    host.executor().run_until_idle();
    let reports = backend.take();
    let report = reports.iter().find(|report| report.path == "/v1/metrics");
    let report = report.map(|report| String::from_utf8_lossy(&report.body).into_owned());
    let report = report.expect("the counts are exported");
    for name in ["throughline.edge.cuts", "limits.value_bytes"] {
        assert!(report.contains(name), "{report}");
    }
}

#[test]
fn requests_are_measured_by_templates_and_not_by_paths() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = Edge::new(config()).expect("a usable configuration");
    let spans: Vec<_> = (0..50)
        .map(|id| {
            format!(
                r#"{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","kind":2,"attributes":[{{"key":"http.method","value":{{"stringValue":"GET"}}}},{{"key":"http.target","value":{{"stringValue":"/orders/{id}?x={id}"}}}}]}}"#
            )
        })
        .collect();
    let spans = spans.join(",");
    let body = format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
    send(&host, &edge, "/v1/traces", &body);
    backend.take();
    host.executor().run(edge.flush_outcomes(&host));
    host.executor().run_until_idle();
    let sent = backend.take();
    let text = |sent: &Received| String::from_utf8_lossy(&sent.body).into_owned();
    let measured: Vec<_> = sent.iter().map(text).collect();
    let measured = (measured.iter()).find(|text| text.contains("throughline.request.duration"));
    let measured = measured.expect("the requests are measured");
    assert_eq!(measured.matches("/orders/{id}").count(), 1, "{measured:?}");
    assert!(!measured.contains("/orders/7"), "{measured:?}");
}

/// A page's Bundle with a span, an event of it and a log record, each at a time of the page's
/// clock, which is so many ms ahead.
fn bundle(host: &SimHost, ahead: i64, batch: u8) -> Vec<u8> {
    let now = host
        .now_unix_nano()
        .saturating_add_signed(ahead * 1_000_000);
    let start = now - 2_000_000_000;
    let session = r#"[{"key":"session.id","value":{"stringValue":"s1"}}]"#;
    let traces = format!(
        r#"{{"resourceSpans":[{{"resource":{{}},"scopeSpans":[{{"spans":[{{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","startTimeUnixNano":"{start}","endTimeUnixNano":"{now}","attributes":{session},"events":[{{"timeUnixNano":"{now}","name":"e"}}]}}]}}]}}]}}"#
    );
    let logs = format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{start}","attributes":{session}}}]}}]}}]}}"#
    );
    let protobuf = |signal, text: &str| {
        json::to_protobuf(schema::export_request(signal), text.as_bytes()).expect("OTLP/JSON")
    };
    let mut writer = Writer::new();
    let bundle = Bundle {
        traces: &protobuf(Signal::Traces, &traces),
        logs: &protobuf(Signal::Logs, &logs),
        sent_at_unix_nano: now,
        batch_id: &[batch; 16],
        ..Bundle::default()
    };
    bundle.encode(&mut writer);
    writer.into_bytes()
}

#[test]
fn times_of_a_clock_that_is_off_are_moved_and_the_offset_is_told() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let config = Config {
        backend: BackendConfig {
            encoding: BackendEncoding::Json,
            ..config().backend
        },
        ..config()
    };
    let edge = Edge::new(config).expect("a usable configuration");
    let mut batch = 0;
    let mut sent = |ahead: i64| {
        batch += 1;
        let now = host.now_unix_nano();
        let mut request = Request::new(SimBody::whole(bundle(&host, ahead, batch).into()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = "/v1/bundle".parse().expect("a path");
        host.executor().run(edge.handle(&host, request));
        host.executor().run_until_idle();
        let texts: Vec<_> = (backend.take().iter())
            .map(|sent| String::from_utf8_lossy(&sent.body).into_owned())
            .collect();
        assert_eq!(texts.len(), 2);
        (texts.concat(), now)
    };
    let times = |now: u64, by: i64| {
        let now = now.saturating_add_signed(by * 1_000_000);
        [format!("\"{}\"", now - 2_000_000_000), format!("\"{now}\"")]
    };
    let count = |text: &str, part: &str| text.matches(part).count();
    // An hour ahead: known at once, and right again when it leaves.
    let (text, now) = sent(3_600_000);
    let [start, end] = times(now, 0);
    assert_eq!((count(&text, &start), count(&text, &end)), (2, 2), "{text}");
    let offset = r#"{"key":"throughline.clock.offset","value":{"intValue":"-3600000"}}"#;
    assert_eq!(count(&text, offset), 2, "{text}");
    // It was set right: within the bound nothing is touched.
    for _ in 0..8 {
        sent(1_000);
    }
    let (text, now) = sent(1_000);
    let [start, end] = times(now, 1_000);
    assert_eq!((count(&text, &start), count(&text, &end)), (2, 2), "{text}");
    assert!(!text.contains("clock.offset"), "{text}");
}

#[test]
fn facts_say_when_they_were_sent() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = Edge::new(config()).expect("a usable configuration");
    let ahead = host.now_unix_nano() / 1_000_000 + 3_600_000;
    let facts = |mark: &str| {
        format!(
            "H\u{1f}2\u{1f}0.1.0\u{1f}shop-web\u{1e}{mark}\u{1e}\
             C\u{1f}{ahead}000\u{1f}s1\u{1f}https://shop.example/\u{1e}S\u{1f}0\u{1f}\u{1e}"
        )
    };
    let offset = |mark: &str| {
        send(&host, &edge, "/v1/facts", &facts(mark));
        let sent = backend.take();
        let text: Vec<_> = (sent.iter())
            .map(|sent| String::from_utf8_lossy(&sent.body).into_owned())
            .collect();
        text.concat().contains("throughline.clock.offset")
    };
    assert!(!offset("M"), "an older page says nothing of its clock");
    assert!(offset(&format!("M\u{1f}{ahead}")));
}

fn edge_that_drops() -> Edge {
    Edge::new(Config {
        normalize: NormalizeConfig {
            bots: BotsAction::Drop,
            ..NormalizeConfig::default()
        },
        ..config()
    })
    .expect("a usable configuration")
}

fn send(host: &SimHost, edge: &Edge, path: &str, body: &str) {
    send_with(host, edge, path, body, &[]);
}

fn send_with(
    host: &SimHost,
    edge: &Edge,
    path: &str,
    body: &str,
    headers: &[(&'static str, &str)],
) {
    let mut request = Request::new(SimBody::in_chunks(body.to_owned().into(), 1000));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().expect("a path");
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert("content-type", json);
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).expect("a value");
        request.headers_mut().insert(*name, value);
    }
    host.executor().run(edge.handle(host, request));
    host.executor().run_until_idle();
}

fn config() -> Config {
    Config {
        open: true,
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            compression: BackendCompression::None,
            ..BackendConfig::default()
        },
        ..Config::default()
    }
}

#[test]
fn records_of_bots_are_counted_and_not_measured() {
    let host = SimHost::new(4);
    let backend = Recorder::default();
    host.serve("backend.test", &backend);
    let edge = edge_that_drops();
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","kind":2,"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}]},{"spanId":"eee19b7ec3c1b174"}]}]}]}"#;
    for (origin, user_agent) in [
        (Some("https://shop.example"), "Googlebot/2.1"),
        (None, "Googlebot/2.1"),
        (Some("https://shop.example"), "Firefox/132.0"),
    ] {
        let mut headers = vec![("user-agent", user_agent)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        send_with(&host, &edge, "/v1/traces", body, &headers);
    }
    let tally = edge.tally();
    let count = |outcome| tally.count(Signal::Traces, outcome);
    assert_eq!(tally.received.get(&Signal::Traces), Some(&6));
    assert_eq!(count(Outcome::Rejected(RejectReason::Bot)), 1);
    assert_eq!(count(Outcome::Rejected(RejectReason::InvalidRecord)), 3);
    assert_eq!(count(Outcome::Exported), 2);
    // What is measured is exported with the counts: of a bot alone there is nothing.
    let edge = edge_that_drops();
    backend.take();
    let headers = [
        ("user-agent", "Googlebot/2.1"),
        ("origin", "https://shop.example"),
    ];
    send_with(&host, &edge, "/v1/traces", body, &headers);
    host.executor().run(edge.flush_outcomes(&host));
    host.executor().run_until_idle();
    let metrics = backend.take();
    let text = |sent: &Received| String::from_utf8_lossy(&sent.body).into_owned();
    assert!(
        metrics
            .iter()
            .any(|sent| text(sent).contains("throughline.edge.records"))
    );
    assert!(
        !metrics
            .iter()
            .any(|sent| text(sent).contains("throughline.request.duration"))
    );
}

#[test]
fn headers_that_any_client_could_send_are_refused() {
    let refusal = |trusted: &[&str], country: &str| {
        let trusted_proxies = trusted.iter().map(|entry| (*entry).into()).collect();
        let refused = Edge::new(Config {
            trusted_proxies,
            normalize: NormalizeConfig {
                location_headers: LocationHeadersConfig {
                    country: Some(country.into()),
                    ..LocationHeadersConfig::default()
                },
                ..NormalizeConfig::default()
            },
            ..config()
        });
        refused.map_or_else(|error| error.to_string(), |_| String::new())
    };
    assert_eq!(refusal(&["private"], "CloudFront-Viewer-Country"), "");
    let key = "normalize.location_headers.country cannot be used";
    assert!(refusal(&[], "CloudFront-Viewer-Country").starts_with(key));
    assert!(refusal(&["private"], "a b").starts_with(key));
}
