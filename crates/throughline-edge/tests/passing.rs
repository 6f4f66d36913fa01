//! Tests of requests that a platform forwards by itself, in two steps.

use http::header::HeaderMap;
use http::request::Parts;
use http::{Request, Response};
use proptest::prelude::*;
use std::time::Duration;
use throughline_edge::config::{BackendConfig, ProxyConfig, RouteConfig};
use throughline_edge::host::Clock;
use throughline_edge::{Config, Edge, Passing};
use throughline_testkit::recorder::Recorder;
use throughline_testkit::sim::SimHost;

const CALLER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn spans_begin_in_one_process_and_end_in_another() {
    let site = [
        ("traceparent", CALLER),
        ("tracestate", "foo=1"),
        ("sec-fetch-site", "same-origin"),
    ];
    let (spans, response) = pass(&request(&site), 200);
    assert_eq!(
        spans
            .matches(r#""traceId":"0af7651916cd43dd8448eb211c80319c""#)
            .count(),
        2,
        "{spans}"
    );
    assert!(
        spans.contains(r#""parentSpanId":"b7ad6b7169203331""#),
        "{spans}"
    );
    assert!(spans.contains(r#""name":"GET /api/*","kind":2"#), "{spans}");
    assert!(spans.contains(r#""name":"GET","kind":3"#), "{spans}");
    assert!(spans.contains("http://upstream.test/api/basket"), "{spans}");
    assert_eq!(spans.matches(r#"{"intValue":"200"}"#).count(), 2, "{spans}");
    let timing = response["server-timing"].to_str().expect("text");
    let trace = "trace;desc=00-0af7651916cd43dd8448eb211c80319c-";
    let server = timing
        .strip_prefix(trace)
        .expect("the trace")
        .get(..16)
        .expect("an id");
    assert!(
        spans.contains(&format!(r#""spanId":"{server}","traceState""#)),
        "{spans}"
    );
    assert!(
        spans.contains(&format!(r#""parentSpanId":"{server}""#)),
        "{spans}"
    );
}

#[test]
fn a_stranger_is_linked_and_not_continued() {
    let (spans, _) = pass(&request(&[("traceparent", CALLER)]), 503);
    assert!(
        !spans.contains(r#""parentSpanId":"b7ad6b7169203331""#),
        "{spans}"
    );
    let link =
        r#""links":[{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331""#;
    assert!(spans.contains(link), "{spans}");
    assert_eq!(
        spans.matches(r#""status":{"code":2}"#).count(),
        2,
        "{spans}"
    );
}

#[test]
fn the_spans_last_from_one_step_to_the_other() {
    let (spans, _) = pass(&request(&[]), 200);
    let number = |key: &str| -> u64 {
        let rest = spans.split(&format!(r#""{key}":""#)).nth(1).expect(key);
        rest.split('"')
            .next()
            .expect("a number")
            .parse()
            .expect("a number")
    };
    let lasted = number("endTimeUnixNano") - number("startTimeUnixNano");
    assert_eq!(lasted, 3_000_000_000);
}

#[test]
fn what_changes_of_a_request_is_its_trace_and_what_must_not_pass() {
    let mut config = config();
    config.proxy.baggage = vec!["tenant".into()];
    let edge = Edge::new(config).expect("a usable configuration");
    let head = request(&[
        ("baggage", "tenant=a,secret=b"),
        ("tracestate", "foo=1"),
        ("accept", "*/*"),
    ]);
    let passing = edge
        .begin_passing(&SimHost::new(1), &head)
        .expect("a route");
    let names: Vec<_> = passing
        .changes
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["traceparent", "tracestate", "baggage"]);
    let baggage = passing.changes[2].1.as_ref().expect("what passes");
    assert_eq!(baggage, "tenant=a");
}

#[test]
fn what_is_for_no_upstream_passes_as_it_is() {
    let edge = Edge::new(config()).expect("a usable configuration");
    let mut head = request(&[]);
    head.uri = "http://edge.test/elsewhere".parse().expect("a URL");
    assert_eq!(edge.begin_passing(&SimHost::new(1), &head), None);
}

proptest! {
    #[test]
    fn a_state_that_is_not_ours_ends_nothing(state in "[ -~]{0,80}|[0-9a-f]{1,16}\\.[0-9a-f]{16}\\.(parent|link|x)\\..{0,60}") {
        let edge = Edge::new(config()).expect("a usable configuration");
        let (mut response, ()) = Response::new(()).into_parts();
        let head = request(&[("traceparent", CALLER)]);
        edge.end_passing(&SimHost::new(1), &head, &state, &mut response);
        prop_assert!(response.headers.is_empty());
    }
}

/// Lets a request pass, whose response takes three seconds. Returns what the backend got, and the
/// headers that the response has.
fn pass(head: &Parts, status: u16) -> (String, HeaderMap) {
    let backend = Recorder::default();
    let (first, second) = (SimHost::new(1), SimHost::new(2));
    first.serve("backend.test", &backend);
    second.serve("backend.test", &backend);
    let new = || Edge::new(config()).expect("a usable configuration");
    let Passing { changes, state } = new().begin_passing(&first, head).expect("a route");
    first.executor().run_until_idle();
    assert_eq!(backend.count(), 0, "what has begun is not exported");

    let mut forwarded = head.clone();
    for (name, value) in changes {
        forwarded.headers.remove(&name);
        if let Some(value) = value {
            forwarded.headers.insert(name, value);
        }
    }
    second.executor().run(second.sleep(Duration::from_secs(3)));
    let (mut response, ()) = Response::new(()).into_parts();
    response.status = status.try_into().expect("a status");
    let edge = new();
    edge.end_passing(&second, &forwarded, &state, &mut response);
    second.executor().run_until_idle();
    let exported = backend.take();
    assert_eq!(exported.len(), 1);
    let spans = String::from_utf8_lossy(&exported[0].body).into_owned();
    (spans, response.headers)
}

fn request(headers: &[(&'static str, &str)]) -> Parts {
    let mut request = Request::get("http://edge.test/api/basket");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).expect("a request").into_parts().0
}

fn config() -> Config {
    Config {
        backend: BackendConfig {
            url: Some("http://backend.test".into()),
            encoding: throughline_edge::config::BackendEncoding::Json,
            compression: throughline_edge::config::BackendCompression::None,
            ..BackendConfig::default()
        },
        proxy: ProxyConfig {
            routes: vec![RouteConfig {
                path: "/api/*".into(),
                upstream: "http://upstream.test".into(),
                ..RouteConfig::default()
            }],
            ..ProxyConfig::default()
        },
        ..Config::default()
    }
}
