//! Tests of proxied requests that fail.

use http::Request;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use throughline_edge::config::{BackendConfig, ProxyConfig, RouteConfig};
use throughline_edge::host::{Clock, Outgoing};
use throughline_edge::{Config, Edge};
use throughline_testkit::recorder::{Recorder, Reply};
use throughline_testkit::sim::{SimBody, SimHost};

#[test]
fn a_client_that_goes_away_leaves_spans() {
    let host = SimHost::new(1);
    let (backend, upstream) = (Recorder::default(), Recorder::default());
    upstream.will_reply([Reply {
        hang: true,
        ..Reply::default()
    }]);
    host.serve("backend.test", &backend);
    host.serve("upstream.test", &upstream);
    let edge = Edge::new(config()).expect("a usable configuration");
    {
        let response = edge.handle(&host, slow());
        let three_seconds = host.sleep(Duration::from_secs(3));
        host.executor()
            .run(either(response, three_seconds))
            .expect("an end");
        // The client goes away, and the host drops the work.
    }
    host.executor().run_until_idle();
    assert_eq!(upstream.count(), 1);
    let spans = String::from_utf8_lossy(&backend.take()[0].body).into_owned();
    assert!(spans.contains(r#""name":"GET /api/*","kind":2"#), "{spans}");
    assert!(!spans.contains("status_code"), "{spans}");
    assert!(
        !spans.contains(r#""status""#),
        "a client that gives up is not an error: {spans}"
    );
}

#[test]
fn an_upstream_that_never_responds_times_out() {
    let host = SimHost::new(1);
    let (backend, upstream) = (Recorder::default(), Recorder::default());
    upstream.will_reply([Reply {
        hang: true,
        ..Reply::default()
    }]);
    host.serve("backend.test", &backend);
    host.serve("upstream.test", &upstream);
    let mut limited = config();
    limited.proxy.timeout_ms = 2_000;
    let edge = Edge::new(limited).expect("a usable configuration");
    let begun = host.now_unix_nano();
    let response = host.executor().run(edge.handle(&host, slow()));
    let response = response.expect("a response");
    assert_eq!(host.now_unix_nano() - begun, 2_000_000_000);
    assert_eq!(response.status(), 504);
    let Outgoing::Bytes(text) = response.into_body() else {
        panic!("a response of the edge's own")
    };
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("did not respond within 2000 ms"), "{text}");
    host.executor().run_until_idle();
    let spans = String::from_utf8_lossy(&backend.take()[0].body).into_owned();
    let error = r#"{"key":"error.type","value":{"stringValue":"timeout"}}"#;
    assert_eq!(spans.matches(error).count(), 2, "{spans}");
    assert_eq!(
        spans.matches(r#""status":{"code":2}"#).count(),
        2,
        "{spans}"
    );
    assert!(spans.contains(r#"{"intValue":"504"}"#), "{spans}");
}

#[test]
fn without_a_limit_the_proxy_waits() {
    let host = SimHost::new(1);
    let upstream = Recorder::default();
    upstream.will_reply([Reply {
        hang: true,
        ..Reply::default()
    }]);
    host.serve("upstream.test", &upstream);
    let mut unlimited = config();
    unlimited.proxy.timeout_ms = 0;
    let edge = Edge::new(unlimited).expect("a usable configuration");
    let response = host.executor().run(edge.handle(&host, slow()));
    assert!(response.is_none(), "the proxy still waits");
}

#[test]
fn spans_do_not_wait_for_others_where_the_response_waits_for_them() {
    for delays_response in [true, false] {
        let mut host = SimHost::new(1);
        if delays_response {
            host = host.with_delayed_responses();
        }
        let backend = Recorder::default();
        host.serve("backend.test", &backend);
        host.serve("upstream.test", &Recorder::default());
        let edge = Edge::new(config()).expect("a usable configuration");
        host.executor()
            .run(edge.handle(&host, slow()))
            .expect("a response");
        let responded = host.now_unix_nano();
        host.executor().run_until_idle();
        let exported = backend.take();
        let [request] = exported.as_slice() else {
            panic!("one export: {exported:?}")
        };
        let waited = request.at_unix_nano - responded;
        assert_eq!(waited < 200_000_000, delays_response, "{waited} ns");
    }
}

fn slow() -> Request<SimBody> {
    let mut request = Request::new(SimBody::default());
    *request.uri_mut() = "http://edge.test/api/slow".parse().expect("a URL");
    request
}

async fn either<T>(one: impl Future<Output = T>, other: impl Future<Output = ()>) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|task| {
        let ended = one.as_mut().poll(task).is_ready() || other.as_mut().poll(task).is_ready();
        if ended {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
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
